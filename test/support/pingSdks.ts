/**
 * Ping's SDKs, as a browser would load them. Their type declarations do not fit this compiler, so what tests use of them is declared
 * here.
 */
export interface SdkCallback {
  getType(): string;
  setInputValue(value: unknown, selector?: number | string): void;
  getOutputByName<T>(name: string, fallback: T): T;
}

export interface SdkStep {
  readonly type: 'Step' | 'LoginSuccess' | 'LoginFailure';
  readonly callbacks: readonly SdkCallback[];
  readonly payload: { authId?: string; [key: string]: unknown };
  getStage?(): string | undefined;
  getHeader?(): string | undefined;
  getSessionToken?(): string | undefined;
  getSuccessUrl?(): string | undefined;
  getMessage?(): string | undefined;
  getCode?(): number;
}

/** What SDKs make of the steps of second factors. */
interface QrCodeReader {
  isQRCodeStep(step: SdkStep): boolean;
  getQRCodeData(step: SdkStep): { readonly uri: string };
}

interface RecoveryCodesReader {
  isDisplayStep(step: SdkStep): boolean;
  getCodes(step: SdkStep): readonly string[];
  getDeviceName(step: SdkStep): string;
}

interface JavascriptSdk {
  readonly FRStep: new (step: object) => SdkStep;
  readonly FRQRCode: QrCodeReader;
  readonly FRRecoveryCodes: RecoveryCodesReader;
  readonly Config: { set(options: object): void };
  readonly FRAuth: {
    start(options?: object): Promise<SdkStep>;
    next(step?: SdkStep, options?: object): Promise<SdkStep>;
  };
  readonly SessionManager: { logout(options?: object): Promise<Response> };
}

interface JourneyClientSdk {
  readonly journey: (options: { readonly config: object }) => Promise<{
    start(options?: object): Promise<SdkStep>;
    next(step: SdkStep, options?: object): Promise<SdkStep>;
    terminate(options?: object): Promise<unknown>;
  }>;
}

/** By a name the compiler does not follow. */
function load(name: string): Promise<unknown> {
  return import(name);
}

export async function loadJavascriptSdk(): Promise<JavascriptSdk> {
  return (await load('@forgerock/javascript-sdk')) as JavascriptSdk;
}

/** How both SDKs read the steps of second factors, whichever of them drives the journey. */
export async function loadStepReaders(): Promise<
  readonly { readonly qrCode: QrCodeReader; readonly recoveryCodes: RecoveryCodesReader }[]
> {
  const { FRQRCode, FRRecoveryCodes } = await loadJavascriptSdk();
  const { QRCode } = (await load('@forgerock/journey-client/qr-code')) as { QRCode: QrCodeReader };
  const { RecoveryCodes } = (await load('@forgerock/journey-client/recovery-codes')) as {
    RecoveryCodes: RecoveryCodesReader;
  };
  return [
    { qrCode: FRQRCode, recoveryCodes: FRRecoveryCodes },
    { qrCode: QRCode, recoveryCodes: RecoveryCodes },
  ];
}

export async function loadJourneyClient(): Promise<JourneyClientSdk> {
  return (await load('@forgerock/journey-client')) as JourneyClientSdk;
}

/** What the SDKs use of a browser: storage, and a `fetch` that keeps cookies. `headers` are what a proxy in between adds. */
export function pretendBrowser(headers: Record<string, string> = {}): {
  readonly cookies: Map<string, string>;
  restore(): void;
} {
  const { fetch: realFetch } = globalThis;
  const cookies = new Map<string, string>();
  const browserFetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    for (const [name, value] of Object.entries(headers)) request.headers.set(name, value);
    if (cookies.size > 0)
      request.headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    const response = await realFetch(request);
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    return response;
  };
  const replaced = { fetch: browserFetch, sessionStorage: createStorage(), localStorage: createStorage() };
  const former = Object.keys(replaced).map(
    (key) => [key, Object.getOwnPropertyDescriptor(globalThis, key)] as const,
  );
  for (const [key, value] of Object.entries(replaced)) {
    Object.defineProperty(globalThis, key, { value, configurable: true, writable: true });
  }
  return {
    cookies,
    restore() {
      for (const [key, descriptor] of former) {
        if (descriptor === undefined) Reflect.deleteProperty(globalThis, key);
        else Object.defineProperty(globalThis, key, descriptor);
      }
    },
  };
}

function createStorage() {
  const items = new Map<string, string>();
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
    clear: () => items.clear(),
    key: (index: number) => [...items.keys()][index] ?? null,
    get length() {
      return items.size;
    },
  };
}
