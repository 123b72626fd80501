import { callbacks, MESSAGE_TYPES, type Callback } from '../callbacks/callback.ts';
import type { ScriptCallback } from './scriptEnding.ts';

/** What Java's numbered sets of options say. */
const OPTIONS: readonly (readonly string[])[] = [
  ['Yes', 'No'],
  ['Yes', 'No', 'Cancel'],
  ['OK', 'Cancel'],
];

/** A question of a script as a callback of the protocol. */
export function toCallback(asked: ScriptCallback): Callback {
  switch (asked.type) {
    case 'NameCallback':
      return callbacks.name(asked.prompt, asked.defaultName);
    case 'PasswordCallback':
      return callbacks.password(asked.prompt);
    case 'TextInputCallback':
      return callbacks.textInput(asked.prompt, asked.defaultText);
    case 'ChoiceCallback':
      return callbacks.choice(asked.prompt, asked.choices, asked.defaultChoice);
    case 'ConfirmationCallback':
      return confirmation(asked);
    case 'TextOutputCallback':
      return callbacks.textOutput(asked.message, messageType(asked.messageType));
    case 'SuspendedTextOutputCallback':
      return callbacks.suspendedTextOutput(asked.message);
    case 'HiddenValueCallback':
      return callbacks.hiddenValue(asked.id, asked.value);
    case 'MetadataCallback':
      return callbacks.metadata(asked.data);
    case 'PollingWaitCallback':
      return callbacks.pollingWait(asked.waitTime, asked.message);
    case 'RedirectCallback':
      return callbacks.redirect(asked.redirectUrl, asked.redirectMethod, asked.redirectData);
    case 'DeviceProfileCallback':
      return callbacks.deviceProfile(asked.metadata, asked.location, asked.message);
    case 'ValidatedCreateUsernameCallback':
      return callbacks.validatedUsername(asked);
    case 'ValidatedCreatePasswordCallback':
      return callbacks.validatedPassword(asked);
  }
}

function confirmation(asked: Extract<ScriptCallback, { readonly type: 'ConfirmationCallback' }>): Callback {
  const { prompt, messageType: type, options, optionType, defaultOption } = asked;
  const made = callbacks.confirmation({ options: options ?? OPTIONS[optionType ?? 0] ?? [], defaultOption });
  const said = { prompt, messageType: type, ...(optionType === undefined ? {} : { optionType }) };
  return {
    ...made,
    output: made.output.map(({ name, value }) => ({
      name,
      value: Object.entries(said).find(([key]) => key === name)?.[1] ?? value,
    })),
  };
}

function messageType(number: number): keyof typeof MESSAGE_TYPES {
  const found = Object.entries(MESSAGE_TYPES).find(([, value]) => value === number);
  return found === undefined ? 'information' : (found[0] as keyof typeof MESSAGE_TYPES);
}
