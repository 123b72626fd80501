import type { Json, JsonObject } from '../json.ts';

/** What kind of answer an input of a callback takes. */
export type InputKind = 'text' | 'index' | 'flag';

export interface CallbackInput {
  /** Follows `IDTokenN` in the name of the input; empty for the answer itself. */
  readonly suffix: string;
  /** What stands there until the client answers. */
  readonly value: Json;
  readonly takes: InputKind;
}

/** One question to the client, or something to show, as AM's protocol knows it. Made by {@link callbacks}. */
export interface Callback {
  readonly type: string;
  readonly output: readonly { readonly name: string; readonly value: Json }[];
  /** Empty for what is only shown. */
  readonly input: readonly CallbackInput[];
}

/** What was asked, as far as the answers are checked against it. Kept in the state of the journey, so it holds no texts. */
export interface AskedCallback {
  readonly type: string;
  readonly takes: readonly InputKind[];
  /** Position of the node in its page; undefined if it stands alone. */
  readonly child?: number;
}

/** The answer to one callback, in the position of the question. */
export interface Answer {
  readonly type: string;
  /** Text of a `text` input, number of an `index` input; undefined for what was only shown. */
  readonly value: string | number | undefined;
  /** The client wants the value judged and nothing more. */
  readonly validateOnly: boolean;
}

/** `messageType` of texts. */
export const MESSAGE_TYPES = { information: 0, warning: 1, error: 2, script: 4 } as const;

const text = (value: string): CallbackInput => ({ suffix: '', value, takes: 'text' });
const index = (value: number): CallbackInput => ({ suffix: '', value, takes: 'index' });

function makeCallback(type: string, output: JsonObject, ...input: readonly CallbackInput[]): Callback {
  return { type, output: Object.entries(output).map(([name, value]) => ({ name, value })), input };
}

export interface ConfirmationOptions {
  readonly options: readonly string[];
  readonly defaultOption: number;
  /** What the input holds until somebody chooses; default: the default option. */
  readonly selected?: number;
}

export interface ValidationOptions {
  readonly prompt: string;
  readonly policies: JsonObject;
  /** Each a JSON text. */
  readonly failedPolicies: readonly string[];
  readonly value?: string;
}

/** Every callback of the protocol, with its fields in AM's order. */
export const callbacks = {
  name: (prompt: string, value = '') => makeCallback('NameCallback', { prompt }, text(value)),
  password: (prompt: string) => makeCallback('PasswordCallback', { prompt }, text('')),
  textInput: (prompt: string, defaultText?: string) =>
    makeCallback(
      'TextInputCallback',
      { prompt, ...(defaultText === undefined ? {} : { defaultText }) },
      text(''),
    ),
  choice: (prompt: string, choices: readonly string[], defaultChoice = 0) =>
    makeCallback('ChoiceCallback', { prompt, choices, defaultChoice }, index(defaultChoice)),
  confirmation: ({ options, defaultOption, selected = defaultOption }: ConfirmationOptions) =>
    makeCallback(
      'ConfirmationCallback',
      { prompt: '', messageType: MESSAGE_TYPES.information, options, optionType: -1, defaultOption },
      index(selected),
    ),
  textOutput: (message: string, type: keyof typeof MESSAGE_TYPES = 'information') =>
    makeCallback('TextOutputCallback', { message, messageType: String(MESSAGE_TYPES[type]) }),
  suspendedTextOutput: (message: string) =>
    makeCallback('SuspendedTextOutputCallback', {
      message,
      messageType: String(MESSAGE_TYPES.information),
    }),
  hiddenValue: (id: string, value = '') => makeCallback('HiddenValueCallback', { value, id }, text(id)),
  metadata: (data: JsonObject) => makeCallback('MetadataCallback', { data }),
  pollingWait: (waitMs: number, message: string) =>
    makeCallback('PollingWaitCallback', { waitTime: String(waitMs), message }),
  redirect: (redirectUrl: string, redirectMethod: 'GET' | 'POST', redirectData?: JsonObject) =>
    makeCallback('RedirectCallback', {
      redirectUrl,
      redirectMethod,
      trackingCookie: false,
      ...(redirectData === undefined ? {} : { redirectData }),
    }),
  deviceProfile: (metadata: boolean, location: boolean, message: string) =>
    makeCallback('DeviceProfileCallback', { metadata, location, message }, text('')),
  validatedUsername: (options: ValidationOptions) => validated('ValidatedCreateUsernameCallback', options),
  validatedPassword: (options: ValidationOptions) => validated('ValidatedCreatePasswordCallback', options),
} as const;

function validated(
  type: string,
  { prompt, policies, failedPolicies, value = '' }: ValidationOptions,
): Callback {
  return makeCallback(type, { policies, failedPolicies, validateOnly: false, prompt }, text(value), {
    suffix: 'validateOnly',
    value: false,
    takes: 'flag',
  });
}

/** Callbacks that show something a client need not answer; a page with nothing else asks nothing. */
export function isSilent(callback: Callback): boolean {
  return callback.type === 'MetadataCallback';
}

export function askedOf(callback: Callback, child?: number): AskedCallback {
  return {
    type: callback.type,
    takes: callback.input.map(({ takes }) => takes),
    ...(child === undefined ? {} : { child }),
  };
}
