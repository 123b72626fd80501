import { html, type Markup } from './markup.ts';
import { notice } from './pageFrame.ts';
import type { PageTexts } from './pageTexts.ts';
import { qrCode } from './qrCode.ts';
import type { ShownCallback } from './shownCallback.ts';

/** How one callback stands on a page. */
export interface Field {
  readonly markup: Markup | undefined;
  /** It brings its own buttons; the page needs no other. */
  readonly hasButtons?: boolean;
  /** Somebody can do something about it here, so that the step can be sent. */
  readonly isAnswerable: boolean;
  /** What was wrong with the last answer. */
  readonly problems?: readonly string[];
  /** Send the step by itself after so long, milliseconds. */
  readonly sendAfterMs?: number;
}

/** More choices than these are a list to open. */
const MOST_RADIOS = 7;

/** One callback as fields of a form. All texts are texts, whatever stands in them. */
export function callbackField(callback: ShownCallback, texts: PageTexts, isFirst: boolean): Field {
  switch (callback.type) {
    case 'NameCallback':
      return line(callback, texts, isFirst, {
        type: 'text',
        autocomplete: 'username',
        value: callback.value,
      });
    case 'PasswordCallback':
      return line(callback, texts, isFirst, passwordKind(callback));
    case 'TextInputCallback':
      return line(callback, texts, isFirst, {
        type: 'text',
        autocomplete: 'on',
        value: callback.value === '' ? callback.text('defaultText') : callback.value,
      });
    case 'ValidatedCreateUsernameCallback':
      return line(callback, texts, isFirst, {
        type: 'text',
        autocomplete: 'username',
        value: callback.value,
      });
    case 'ValidatedCreatePasswordCallback':
      return line(callback, texts, isFirst, { type: 'password', autocomplete: 'new-password' });
    case 'ChoiceCallback':
      return choice(callback, texts);
    case 'ConfirmationCallback':
      return confirmation(callback, texts);
    case 'TextOutputCallback':
      return shown(textOutput(callback, texts));
    case 'SuspendedTextOutputCallback':
      return shown(notice('information', html`<p>${callback.text('message')}</p>`));
    case 'HiddenValueCallback':
      return hiddenValue(callback, texts);
    case 'PollingWaitCallback':
      return pollingWait(callback, texts);
    case 'RedirectCallback':
      return redirect(callback, texts);
    case 'DeviceProfileCallback':
      return {
        markup: html`${callback.text('message') !== '' && html`<p>${callback.text('message')}</p>`}
          <input type="hidden" name="${callback.input ?? ''}" value="{}" data-device-profile />`,
        isAnswerable: true,
      };
    case 'MetadataCallback':
      return shown(undefined);
    default:
      return shown(notice('error', html`<p>${texts.say('login.unsupported')}</p>`));
  }
}

function shown(markup: Markup | undefined): Field {
  return { markup, isAnswerable: false };
}

interface LineKind {
  readonly type: 'text' | 'password';
  readonly autocomplete: string;
  readonly value?: string;
  readonly numeric?: boolean;
}

/** A one-time code is asked for like a password, and is none: it should be offered from messages, and kept nowhere. */
function passwordKind(callback: ShownCallback): LineKind {
  return /one.?time|\botp\b|\bcode\b|verification|einmal/i.test(callback.text('prompt'))
    ? { type: 'password', autocomplete: 'one-time-code' }
    : { type: 'password', autocomplete: 'current-password' };
}

function line(callback: ShownCallback, texts: PageTexts, isFirst: boolean, kind: LineKind): Field {
  const { input: id = '' } = callback;
  const problems = failedPolicies(callback, texts);
  const isWrong = problems.length > 0;
  return {
    isAnswerable: true,
    problems,
    markup: html`<div class="field">
      <label for="${id}">${callback.text('prompt') || texts.say('login.choose')}</label>
      <input
        id="${id}"
        name="${id}"
        type="${kind.type}"
        value="${kind.value ?? ''}"
        autocomplete="${kind.autocomplete}"
        autocapitalize="none"
        spellcheck="false"
        ${
          isWrong && html` aria-invalid="true" aria-describedby="${id}-problem"`
        }${isFirst && html` autofocus`}
      />
      ${isWrong && html`<p class="problem" id="${id}-problem">${problems.join(' ')}</p>`}
    </div>`,
  };
}

function choice(callback: ShownCallback, { say }: PageTexts): Field {
  const { input: id = '' } = callback;
  const choices = callback.list('choices');
  const chosen = callback.count('defaultChoice') ?? 0;
  const prompt = callback.text('prompt') || say('login.choose');
  if (choices.length > MOST_RADIOS) {
    const options = choices.map(
      (text, index) => html`<option value="${index}" ${index === chosen && html` selected`}>${text}</option>`,
    );
    return {
      isAnswerable: true,
      markup: html`<div class="field">
        <label for="${id}">${prompt}</label
        ><select id="${id}" name="${id}">
          ${options}
        </select>
      </div>`,
    };
  }
  return {
    isAnswerable: true,
    markup: html`<fieldset>
      <legend>${prompt}</legend>
      ${choices.map(
        (text, index) =>
          html`<label class="choice"
            ><input type="radio" name="${id}" value="${index}" ${index === chosen && html` checked`} />
            <span>${text}</span></label
          >`,
      )}
    </fieldset>`,
  };
}

/** Buttons. The hidden input before them is what is sent where nobody presses one, as when a page sends itself. */
function confirmation(callback: ShownCallback, texts: PageTexts): Field {
  const { input: id = '' } = callback;
  const preferred = callback.count('defaultOption') ?? 0;
  const prompt = callback.text('prompt');
  return {
    isAnswerable: true,
    hasButtons: true,
    markup: html`${prompt !== '' && html`<p id="${id}-prompt">${messageLabel(callback, texts)}${prompt}</p>`}
      <input type="hidden" name="${id}" value="${callback.value}" />
      <div class="buttons" ${prompt !== '' && html` role="group" aria-labelledby="${id}-prompt"`}>
        ${callback
          .list('options')
          .map(
            (text, index) =>
              html`<button name="${id}" value="${index}" ${index !== preferred && html` class="second"`}>
                ${text}
              </button>`,
          )}
      </div>`,
  };
}

const MESSAGE_KINDS: Readonly<Record<string, 'information' | 'warning' | 'error'>> = {
  '0': 'information',
  '1': 'warning',
  '2': 'error',
};

/** Type 4 is a script, for pages that run whatever they are sent. This one does not. */
function textOutput(callback: ShownCallback, { say }: PageTexts): Markup | undefined {
  const kind = MESSAGE_KINDS[callback.text('messageType')];
  const message = callback.text('message');
  if (kind === undefined || message === '') return undefined;
  if (kind === 'information') return html`<p class="message">${message}</p>`;
  return notice(kind, html`<p class="message">${message}</p>`, { label: say(`message.${kind}`) });
}

function messageLabel(callback: ShownCallback, { say }: PageTexts): Markup | undefined {
  const kind = MESSAGE_KINDS[String(callback.count('messageType') ?? 0)];
  return kind === undefined || kind === 'information'
    ? undefined
    : html`<strong>${say(`message.${kind}`)}:</strong> `;
}

/** A value for scripts goes back as it came. One that is the address of a new authenticator is a code to scan. */
function hiddenValue(callback: ShownCallback, { say }: PageTexts): Field {
  const { input = '', value } = callback;
  const held = html`<input type="hidden" name="${input}" value="${value}" />`;
  const uri = callback.text('value');
  if (!/^otpauth:\/\/(?:totp|hotp)\//.test(uri)) return { markup: held, isAnswerable: false };
  const key = URL.canParse(uri) ? new URL(uri).searchParams.get('secret') : null;
  return {
    isAnswerable: true,
    markup: html`${held}
      <div class="qr">${qrCode(uri, say('login.qr'))}</div>
      <p><a href="${uri}">${say('login.openApp')}</a></p>
      ${key !== null && html`<p>${say('login.manualKey')} <code>${key.replace(/(.{4})(?=.)/g, '$1 ')}</code></p>`}`,
  };
}

const LONGEST_WAIT_MS = 600_000;

function pollingWait(callback: ShownCallback, { say }: PageTexts): Field {
  const waitMs = Math.min(Math.max(callback.count('waitTime') ?? 5_000, 500), LONGEST_WAIT_MS);
  const message = callback.text('message') || say('login.waiting');
  return {
    isAnswerable: true,
    sendAfterMs: waitMs,
    markup: html`<p role="status" class="message">${message}</p>
      <progress aria-label="${message}"></progress>`,
  };
}

/** To another place and back. A link, not a jump: people see where they go, and the step stays here until they come back. */
function redirect(callback: ShownCallback, { say }: PageTexts): Field {
  const href = callback.text('redirectUrl');
  const url = URL.canParse(href) ? new URL(href) : undefined;
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (url === undefined || !isWeb || callback.text('redirectMethod') === 'POST') {
    return shown(notice('error', html`<p>${say('login.unsupported')}</p>`));
  }
  return {
    isAnswerable: true,
    markup: html`<p>
        <a href="${url.href}" target="_blank" rel="noopener noreferrer"
          >${say('login.elsewhere', { place: url.host })}</a
        >
      </p>
      <p class="fine">${say('login.elsewhereThen')}</p>`,
  };
}

/** Each is a JSON text that names the requirement. */
function failedPolicies(callback: ShownCallback, { find, say }: PageTexts): readonly string[] {
  return callback.list('failedPolicies').map((text) => {
    try {
      const { policyRequirement } = JSON.parse(text) as { policyRequirement?: unknown };
      return (
        (typeof policyRequirement === 'string' ? find(`policy.${policyRequirement}`) : undefined) ??
        say('policy.other')
      );
    } catch {
      return say('policy.other');
    }
  });
}
