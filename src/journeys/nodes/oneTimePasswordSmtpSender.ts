import { z } from 'zod';
import { isMailAddress } from '../../identity/mailAddress.ts';
import { localisedTexts } from '../localisedTexts.ts';
import type { NodeContext } from '../nodeContext.ts';
import { goTo, NodeFault } from '../nodeResult.ts';
import { defineNodeType, SINGLE_OUTCOME, type ConfigurationProblem } from '../nodeType.ts';
import {
  ONE_TIME_PASSWORD,
  ONE_TIME_PASSWORD_FOR_NOBODY,
  ONE_TIME_PASSWORD_INPUTS,
} from './oneTimePasswordState.ts';
import { setting } from './settings.ts';

const AM_GATEWAY = 'com.sun.identity.authentication.modules.hotp.DefaultSMSGatewayImpl';

const configuration = z.object({
  hostName: z.string().min(1),
  hostPort: z.int().min(1).max(65_535),
  fromEmailAddress: z.string().refine(isMailAddress, { error: 'must be one bare mail address' }),
  emailAttribute: setting(z.string().min(1), 'mail'),
  emailSubject: localisedTexts,
  emailContent: localisedTexts,
  sslOption: setting<'SSL' | 'NON_SSL' | 'START_TLS'>(z.enum(['SSL', 'NON_SSL', 'START_TLS']), 'SSL'),
  smsGatewayImplementationClass: setting(z.string().min(1), AM_GATEWAY),
});

type Config = z.output<typeof configuration>;

/** Most messages to one address within the time, so that nobody's mailbox is filled. */
const MOST_MESSAGES = 10;
const MESSAGES_LIFETIME_MS = 900_000;

/**
 * Sends the one-time password by e-mail, over a mail server of this gate: the one whose host and port the settings name. Login and
 * security are those of the gate's configuration; the password in the settings is not read.
 */
export const oneTimePasswordSmtpSender = defineNodeType({
  type: 'OneTimePasswordSmtpSenderNode',
  displayName: 'OTP Email Sender',
  configuration,
  outcomes: () => SINGLE_OUTCOME,
  asks: () => 'never',
  inputs: () => [...ONE_TIME_PASSWORD_INPUTS, 'emailAddress', ADDRESS_OWNER, 'objectAttributes'],
  check(config, { mail }) {
    const problems: ConfigurationProblem[] = [];
    const tell = (key: keyof Config, message: string): void =>
      void problems.push({ code: 'badConfiguration', at: [key], message });
    if (config.smsGatewayImplementationClass !== AM_GATEWAY) {
      tell('smsGatewayImplementationClass', 'names a class of AM that cannot be run here');
    }
    const sender = mail?.find(config.hostName, config.hostPort);
    if (mail !== undefined && sender === undefined) {
      tell('hostName', 'and `hostPort` name no mail server of this gate; configure it under `mail.servers`');
    }
    if (sender?.isEncrypted === false && config.sslOption !== 'NON_SSL') {
      tell('sslOption', 'wants TLS, and the mail server of this gate is spoken to without');
    }
    return problems;
  },
  async run(context) {
    const { config, localise, ports, signal, state } = context;
    const sender = ports.mail.find(config.hostName, config.hostPort);
    if (sender === undefined) throw new NodeFault('the mail server is not configured any more');
    const password = state.get(ONE_TIME_PASSWORD);
    if (typeof password !== 'string') throw new NodeFault('there is no one-time password in state');
    const to = await findAddress(context);
    await countMessage(to, context);
    const content = localise(config.emailContent, 'Your One Time Password:');
    const message = {
      from: config.fromEmailAddress,
      to,
      subject: localise(config.emailSubject, 'One Time Password'),
      text: content.includes(PLACE) ? content.replaceAll(PLACE, password) : content + password,
    };
    const verdict = await sender.send(message, signal);
    if (verdict.is === 'failed') throw new NodeFault(verdict.detail);
    return goTo('outcome');
  },
});

const PLACE = '{{OTP}}';

/**
 * The address in state, unless it is there for somebody else; else that of the person, which is then kept in state. What was typed counts
 * only where nobody of the name is known: or whoever is asked for a code could name the mailbox it goes to.
 */
async function findAddress({ config, ports, signal, state }: NodeContext<Config>): Promise<string> {
  const username = state.get('username');
  const isOthers = state.isDefined(ADDRESS_OWNER) && state.get(ADDRESS_OWNER) !== username;
  const given = isOthers ? undefined : state.get('emailAddress');
  if (given !== undefined) return orFault(given);
  const person = typeof username === 'string' ? await ports.identities.find(username, signal) : undefined;
  if (person === undefined || typeof username !== 'string') {
    state.putTransient(ONE_TIME_PASSWORD_FOR_NOBODY, true);
    return orFault(state.getObject('objectAttributes')?.[config.emailAttribute]);
  }
  const address = orFault(person.attributes[config.emailAttribute]?.[0]);
  state.putShared('emailAddress', address);
  state.putShared(ADDRESS_OWNER, username);
  return address;
}

/** The user name whose account has the address in state; undefined if something else has put it there. */
const ADDRESS_OWNER = 'emailAddressOwner';

function orFault(address: unknown): string {
  if (typeof address !== 'string')
    throw new NodeFault('there is no address to send the one-time password to');
  if (!isMailAddress(address)) throw new NodeFault('the address for the one-time password is none');
  return address;
}

/** Counts what is about to be sent. @throws NodeFault beyond the limit */
async function countMessage(to: string, { ports, realm }: NodeContext<Config>): Promise<void> {
  const key = `mail ${realm} ${to.toLowerCase()}`;
  // Reading first keeps those that are refused from lengthening the time; counting decides, whoever else counts at the same moment.
  const isFull =
    (await ports.attempts.read(key)) >= MOST_MESSAGES ||
    (await ports.attempts.increment(key, MESSAGES_LIFETIME_MS)) > MOST_MESSAGES;
  if (isFull) throw new NodeFault('too many one-time passwords were sent to one address');
}
