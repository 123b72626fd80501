/** Something worth counting or logging. Names hosts and serial numbers, and nobody. */
export type RevocationEvent = {
  readonly kind: 'crl' | 'ocsp';
  /** Origin and path, without a query. */
  readonly url: string;
  /** Of the certificate in question, hex; not for lists. */
  readonly serial?: string;
  readonly durationMs: number;
} & (
  | {
      /** `refreshed` replaced what was at hand. */
      readonly type: 'fetched' | 'refreshed';
    }
  | {
      readonly type: 'failed';
      /** One plain sentence. */
      readonly detail: string;
    }
);

export type OnRevocationEvent = (event: RevocationEvent) => void;

/** An observer that throws must not change a decision. */
export function guardedObserver(onEvent: OnRevocationEvent | undefined): OnRevocationEvent {
  return (event) => {
    try {
      onEvent?.(event);
    } catch {
      // Whoever observes has its own logs.
    }
  };
}

export function shownUrl({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}
