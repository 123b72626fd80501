// Signs in by a journey of the gate with Ping's JavaScript SDK, as a page of an application would: it draws whatever the journey asks, and
// sends back what is entered, until the journey ends.
import { CallbackType, Config, FRAuth, SessionManager, StepType } from '@forgerock/javascript-sdk';

const settingOf = (name) => document.querySelector(`meta[name=${name}]`).content;
const gate = settingOf('gate');

Config.set({
  serverConfig: { baseUrl: `${gate}/`, timeout: 30_000 },
  realmPath: 'root',
  tree: settingOf('journey'),
});

const form = document.querySelector('#step');
const heading = document.querySelector('#heading');
const description = document.querySelector('#description');

/** What each callback looks like: the elements to show, and how its answer is read from them. */
const VIEWS = {
  [CallbackType.NameCallback]: (callback) => field(callback.getPrompt(), 'text', 'setName', callback),
  [CallbackType.PasswordCallback]: (callback) =>
    field(callback.getPrompt(), 'password', 'setPassword', callback),
  [CallbackType.ChoiceCallback](callback) {
    const select = create('select');
    select.append(
      ...callback
        .getChoices()
        .map((choice, index) => create('option', { value: index, textContent: choice })),
    );
    select.value = callback.getDefaultChoice();
    return {
      elements: [labelled(callback.getPrompt(), select)],
      read: () => callback.setChoiceIndex(Number(select.value)),
    };
  },
  [CallbackType.ConfirmationCallback](callback) {
    // Each option is a button that sends the form.
    const buttons = callback
      .getOptions()
      .map((option, index) => create('button', { textContent: option, value: index }));
    return {
      elements: buttons,
      read: (pressed) => callback.setOptionIndex(Number(pressed ?? callback.getDefaultOption())),
      hasButtons: true,
    };
  },
  [CallbackType.TextOutputCallback]: (callback) => ({
    elements: [create('p', { textContent: callback.getMessage() })],
  }),
  [CallbackType.SuspendedTextOutputCallback]: (callback) => ({
    elements: [create('p', { textContent: callback.getMessage() })],
  }),
  [CallbackType.PollingWaitCallback]: (callback) => ({
    elements: [create('p', { textContent: callback.getMessage() })],
    goOnAfterMs: callback.getWaitTime(),
  }),
  // For pages that know what to do with it.
  [CallbackType.MetadataCallback]: () => ({ elements: [] }),
};

function create(tag, properties = {}) {
  return Object.assign(document.createElement(tag), properties);
}

function labelled(text, element) {
  const label = create('label', { textContent: text });
  label.append(element);
  return label;
}

function field(prompt, type, setter, callback) {
  const input = create('input', {
    type,
    autocapitalize: 'none',
    autocomplete: type === 'password' ? 'current-password' : 'on',
  });
  return { elements: [labelled(prompt, input)], read: () => callback[setter](input.value) };
}

/** Shows a step, and waits until it was answered. */
async function ask(step) {
  const views = step.callbacks.map((callback) => {
    const view = VIEWS[callback.getType()];
    if (view === undefined) throw new Error(`This page does not know ${callback.getType()}.`);
    return view(callback);
  });
  heading.textContent = step.getHeader() ?? 'Sign in';
  description.textContent = step.getDescription() ?? '';
  const hasButtons = views.some((view) => view.hasButtons);
  const next = create('button', { textContent: 'Next' });
  form.replaceChildren(...views.flatMap(({ elements }) => elements), ...(hasButtons ? [] : [next]));
  form.querySelector('input, select, button')?.focus();
  const wait = views.find(({ goOnAfterMs }) => goOnAfterMs !== undefined);
  const pressed = await submitted(wait?.goOnAfterMs);
  for (const { read } of views) read?.(pressed);
  form.replaceChildren();
  return step;
}

/** Waits until the form is sent, or so long. Tells what the button that was pressed stands for. */
function submitted(atMostMs) {
  return new Promise((resolve) => {
    const over = new AbortController();
    const finish = (event) => {
      event?.preventDefault();
      over.abort();
      resolve(event?.submitter?.value);
    };
    form.addEventListener('submit', finish, { signal: over.signal });
    if (atMostMs !== undefined) setTimeout(() => finish(), atMostMs);
  });
}

async function signIn() {
  let step = await FRAuth.next();
  while (step.type === StepType.Step) step = await FRAuth.next(await ask(step));
  return step;
}

/** What the session says of itself. */
async function sessionInfo(tokenId) {
  const response = await fetch(`${gate}/json/realms/root/sessions?_action=getSessionInfo`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Requested-With': 'forgerock-sdk' },
    credentials: 'include',
    body: JSON.stringify({ tokenId }),
  });
  return response.json();
}

function show(title, text, ...elements) {
  heading.textContent = title;
  description.textContent = text;
  form.replaceChildren(...elements);
}

/** Signs in once, and shows what came of it until a button is pressed. */
async function signInAndOut() {
  const again = create('button', { textContent: 'Try again' });
  try {
    const end = await signIn();
    if (end.type !== StepType.LoginSuccess) {
      show('Not signed in', end.getMessage(), again);
      return void (await submitted());
    }
    const { username, properties } = await sessionInfo(end.getSessionToken());
    const { AuthLevel, DeviceOutcome } = properties;
    const device = DeviceOutcome === undefined ? 'no device' : `a device that is ${DeviceOutcome}`;
    show(
      'Signed in',
      `${username}, with level ${AuthLevel} and ${device}.`,
      create('button', { textContent: 'Sign out' }),
    );
    await submitted();
    await SessionManager.logout();
  } catch {
    show('Not signed in', 'The gate does not answer this page.', again);
    await submitted();
  }
}

for (;;) await signInAndOut();
