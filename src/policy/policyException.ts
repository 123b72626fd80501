/** That a device or a person passes for a while although a policy says no. It ends by itself. Times in milliseconds since 1970. */
export interface PolicyException {
  readonly id: string;
  /** `breakGlass` is for emergencies: approved by two, short, and told of loudly each time it is used. */
  readonly kind: 'exception' | 'breakGlass';
  /** Intune's or Entra's id of the device, canonical. An exception is for a device or for a person. */
  readonly device: string | undefined;
  /** User name of a session. */
  readonly user: string | undefined;
  /** Names of the policies it is for; undefined for all. */
  readonly policies: readonly string[] | undefined;
  readonly reason: string;
  /** Who approved it, proved by signature. */
  readonly approvedBy: readonly string[];
  readonly from: number;
  readonly until: number;
}

/** Who asks, for {@link findException}. */
export interface ExceptionAsker {
  readonly policy: string;
  /** Ids of the device, of both kinds. */
  readonly deviceIds: readonly string[];
  /** User name of a login that counts for this request. */
  readonly user: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The first exception that holds. An ordinary one goes before break-glass, so that nobody is alarmed without need. */
export function findException(
  exceptions: readonly PolicyException[],
  { policy, deviceIds, user, now }: ExceptionAsker,
): PolicyException | undefined {
  const holding = exceptions.filter(
    (exception) =>
      exception.from <= now &&
      now < exception.until &&
      exception.policies?.includes(policy) !== false &&
      (exception.device === undefined
        ? exception.user !== undefined && exception.user === user
        : deviceIds.includes(exception.device)),
  );
  return holding.find(({ kind }) => kind === 'exception') ?? holding[0];
}
