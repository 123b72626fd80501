import type { Journey } from '../journey.ts';
import type { RunnableJourney } from '../runnableJourney.ts';
import { refuse, type Refusal } from './authenticateAnswer.ts';
import { parseCompositeAdvice } from './compositeAdvice.ts';

export interface JourneyChoice {
  /** The trees that may run. */
  readonly journeys: ReadonlyMap<string, RunnableJourney>;
  /** The tree that runs where a client names none; undefined for none. */
  readonly defaultJourney: string | undefined;
  /** As AM writes it: `/`, `/alpha`. */
  readonly realm: string;
}

/** What AM says of a journey that there is not, or that nobody may start. */
export const NO_JOURNEY = 'No Configuration found';

/** What a client asks for. */
export interface Chosen {
  readonly journey: RunnableJourney;
  /** The client asked for a journey by its name, and no other will do. */
  readonly isNamed: boolean;
  /** The level it wants to have at least; undefined for any. */
  readonly targetLevel: number | undefined;
}

/** What the two parameters come to, before it is known whether there is such a journey. */
interface Wish {
  readonly service?: string;
  readonly level?: number;
}

const UNKNOWN_TYPE = refuse(400, 'Unknown Authentication Index Type');
const NO_CONFIGURATION = refuse(401, NO_JOURNEY);

/** Types AM knows as well, which ask for what this gate does not have: modules, and services that belong to people or resources. */
const WITHOUT_CONFIGURATION: ReadonlySet<string> = new Set([
  'user',
  'role',
  'module_instance',
  'resource',
  'transaction',
]);

/**
 * Pure: the tree a client asks for with `authIndexType` and `authIndexValue`: by its name, by the level it needs, or by the advice of a
 * policy. Who asks for a level gets the default journey, which finds that level in its state as `targetAuthLevel`.
 */
export function chooseJourney(
  parameters: ReadonlyMap<string, readonly string[]>,
  options: JourneyChoice,
): ({ readonly ok: true } & Chosen) | { readonly ok: false; readonly refusal: Refusal } {
  const types = parameters.get('authIndexType') ?? [];
  const values = parameters.get('authIndexValue') ?? [];
  if (types.length > 1 || values.length > 1) return { ok: false, refusal: UNKNOWN_TYPE };
  const wish = readWish(types[0] ?? 'service', values[0], options.realm);
  if (!('wish' in wish)) return { ok: false, refusal: wish };
  const { service, level } = wish.wish;
  const journey = options.journeys.get(service ?? options.defaultJourney ?? '');
  if (journey === undefined || !isStartable(journey.journey)) {
    return { ok: false, refusal: NO_CONFIGURATION };
  }
  return { ok: true, journey, isNamed: service !== undefined || level === undefined, targetLevel: level };
}

function readWish(type: string, value: string | undefined, realm: string): { readonly wish: Wish } | Refusal {
  switch (type) {
    case 'service':
      return { wish: value === undefined ? {} : { service: value } };
    case 'level': {
      const level = parseLevel(value ?? '');
      return level === undefined ? NO_CONFIGURATION : { wish: { level } };
    }
    case 'composite_advice':
      return readAdvice(value ?? '', realm);
    default:
      return WITHOUT_CONFIGURATION.has(type) ? NO_CONFIGURATION : UNKNOWN_TYPE;
  }
}

/** Every condition has to be one that a journey can satisfy, or running it would satisfy nobody. */
function readAdvice(text: string, realm: string): { readonly wish: Wish } | Refusal {
  const advice = parseCompositeAdvice(text);
  if (advice === undefined) return refuse(400, 'The composite advice cannot be read');
  let wish: Wish = {};
  for (const [condition, values] of advice) {
    for (const value of values) {
      const local = withoutRealm(value, realm);
      if (local === undefined) return NO_CONFIGURATION;
      if (condition === 'AuthenticateToServiceConditionAdvice') {
        if (local === '' || (wish.service ?? local) !== local) return NO_CONFIGURATION;
        wish = { ...wish, service: local };
      } else if (condition === 'AuthLevelConditionAdvice') {
        const level = parseLevel(local);
        if (level === undefined) return NO_CONFIGURATION;
        wish = { ...wish, level: Math.max(level, wish.level ?? level) };
      } else {
        return NO_CONFIGURATION;
      }
    }
  }
  return { wish };
}

/** Values may begin with the realm they are meant for: `/alpha:10`. */
function withoutRealm(value: string, realm: string): string | undefined {
  const [, named, local] = /^(\/[^:]*):([^]*)$/.exec(value) ?? [];
  if (named === undefined) return value;
  return named === realm ? local : undefined;
}

function parseLevel(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** Pure: may a client start this tree, or does it run only inside others, or not at all? */
export function isStartable({ enabled, innerTreeOnly, transactionalOnly }: Journey): boolean {
  return enabled && !innerTreeOnly && !transactionalOnly;
}
