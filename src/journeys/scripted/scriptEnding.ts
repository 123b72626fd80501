import { z } from 'zod';
import type { Json } from '../json.ts';

const text = z.string();
const minutes = z.int().min(1).max(525_600);
const json = z.json().transform((value) => value as Json);
const object = z.record(z.string(), json);

/** A question to the client, as the bindings tell it. What a script passes can be anything, so each is checked. */
const callback = z.discriminatedUnion('type', [
  z.object({ type: z.literal('NameCallback'), prompt: text, defaultName: text.optional() }),
  z.object({ type: z.literal('PasswordCallback'), prompt: text }),
  z.object({ type: z.literal('TextInputCallback'), prompt: text, defaultText: text.optional() }),
  z.object({
    type: z.literal('ChoiceCallback'),
    prompt: text,
    choices: z.array(text).min(1),
    defaultChoice: z.int().min(0),
  }),
  z.object({
    type: z.literal('ConfirmationCallback'),
    prompt: text,
    messageType: z.int(),
    options: z.array(text).min(1).optional(),
    optionType: z.int().min(0).max(2).optional(),
    defaultOption: z.int().min(0),
  }),
  z.object({ type: z.literal('TextOutputCallback'), messageType: z.int(), message: text }),
  z.object({ type: z.literal('SuspendedTextOutputCallback'), messageType: z.int(), message: text }),
  z.object({ type: z.literal('HiddenValueCallback'), id: text, value: text }),
  z.object({ type: z.literal('MetadataCallback'), data: object }),
  z.object({ type: z.literal('PollingWaitCallback'), waitTime: z.int().min(0), message: text }),
  z.object({
    type: z.literal('RedirectCallback'),
    redirectUrl: text,
    redirectMethod: z.enum(['GET', 'POST']),
    redirectData: object.optional(),
  }),
  z.object({
    type: z.literal('DeviceProfileCallback'),
    metadata: z.boolean(),
    location: z.boolean(),
    message: text,
  }),
  z.object({
    type: z.enum(['ValidatedCreateUsernameCallback', 'ValidatedCreatePasswordCallback']),
    prompt: text,
    policies: object,
    failedPolicies: z.array(text),
  }),
]);

export type ScriptCallback = z.output<typeof callback>;

const effects = z.object({
  /** Null takes one away. */
  sessionProperties: z.record(z.string(), text.nullable()).default({}),
  maxSessionMinutes: minutes.optional(),
  maxIdleMinutes: minutes.optional(),
  errorMessage: text.optional(),
  lockoutMessage: text.optional(),
  identifiedUser: text.optional(),
  stage: text.optional(),
  header: text.optional(),
  description: text.optional(),
});

export type ScriptEffects = z.output<typeof effects>;

/** What a script that ran to its end came to. */
export const scriptEnding = z.discriminatedUnion('is', [
  effects.extend({ is: z.literal('goTo'), outcome: text }),
  effects.extend({ is: z.literal('send'), callbacks: z.array(callback).min(1).max(100) }),
  z.object({ is: z.literal('suspended'), message: text }),
  z.object({ is: z.literal('nothing') }),
]);

/** What a script wants before it waits for a link; it goes on with the link. */
export const scriptWaiting = effects.extend({ is: z.literal('suspend'), message: text });
