import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { AnswerKeeper } from './answers/answerKeeper.ts';
import type { GateConfig } from './config/gateConfig.ts';
import type { EventLog } from './events/gateEvent.ts';
import type { GraphTenant } from './graph/graphTenant.ts';
import type { OperationsSurface } from './http/operationsSurface.ts';
import { journeyPrincipal, type JourneyOperations } from './journeys/journeyOperations.ts';
import type { IntuneNode } from './node/intuneNode.ts';
import type { Rights } from './operations/actor.ts';
import { findOperation } from './operations/catalogue.ts';
import { createMemoryOperationStore } from './operations/memoryOperationStore.ts';
import type { Advise, TenantAccess } from './operations/operation.ts';
import type { OperationLog } from './operations/operationLog.ts';
import { createOperations, type Operations } from './operations/operations.ts';
import type { OperationStore } from './operations/operationStore.ts';
import { createPageCursors } from './operations/pageCursor.ts';
import { refuse } from './operations/refusal.ts';
import type { Replicas } from './redis/replicas.ts';

/** Everything about devices and groups, put together. */
export interface OperationParts {
  /** Undefined where nobody has any grants. */
  readonly surface: OperationsSurface | undefined;
  readonly operations: Operations;
  readonly forJourneys: JourneyOperations;
  /** Where requests are kept in this process; they outlive a configuration that is read again. */
  readonly memory: OperationStore;
  readonly cursorKey: Uint8Array;
}

export interface ComposeOperationsOptions {
  readonly tenants: ReadonlyMap<string, GraphTenant>;
  readonly keepers: ReadonlyMap<string, AnswerKeeper>;
  readonly replicas: Replicas | undefined;
  /** A node that decides about this managed device, whoever presents it. */
  readonly buildNode: (name: string, deviceId: string) => IntuneNode;
  readonly log: OperationLog;
  readonly now: () => number;
  readonly former: OperationParts | undefined;
}

export function composeOperations(
  config: GateConfig,
  { tenants, keepers, replicas, buildNode, log, now, former }: ComposeOperationsOptions,
): OperationParts {
  const { approvalMinutes, changesPerHour, syncsPerHour, pendingPerCaller, deadlineMs, mcpOrigins } =
    config.operations;
  const rights = rightsByPrincipal(config);
  const memory = former?.memory ?? createMemoryOperationStore({ now });
  const cursorKey = former?.cursorKey ?? randomBytes(32);

  const advise: Advise = async ({ principal }, { tenant, node, deviceId }, { signal }) => {
    const caller = config.callers.find(({ name }) => name === principal);
    const setup = Object.hasOwn(config.nodes, node) ? config.nodes[node] : undefined;
    if (caller?.nodes.includes(node) !== true || setup?.tenant !== tenant) return undefined;
    const context = { headers: [], peerAddress: undefined, sharedState: {}, caller: principal, traced: true };
    return buildNode(node, deviceId).decide(context, signal);
  };

  const operations = createOperations({
    tenants: accessByTenant(tenants, keepers),
    rightsOf: (principal) => rights.get(principal),
    advise,
    store: replicas?.operations ?? memory,
    log,
    // Replicas open each other's cursors.
    cursors: createPageCursors({ key: config.redis?.key ?? cursorKey, now }),
    limits: {
      approvalMs: approvalMinutes * 60_000,
      changesPerHour: { PROPOSE: syncsPerHour, MUTATE: changesPerHour },
      pendingPerPrincipal: pendingPerCaller,
    },
    now,
  });

  return {
    operations,
    memory,
    cursorKey,
    surface: config.callers.some(({ grants }) => grants.length > 0)
      ? { operations, deadlineMs, mcpOrigins: new Set(mcpOrigins), now }
      : undefined,
    forJourneys: {
      async invoke(journey, name, input, bound) {
        const operation = findOperation(name);
        const own = rights.get(ALL_JOURNEYS);
        if (operation === undefined || own === undefined) return refuse('notPermitted');
        const actor = { ...own, principal: journeyPrincipal(journey), via: 'journey' } as const;
        const tenant = config.journeys?.operations.tenant ?? 'default';
        return operations.invoke(actor, operation, { tenant, ...input }, bound);
      },
    },
  };
}

/** Calls of operations as lines of the log: without the words people wrote, and without inputs that may name others. */
export function createLoggedOperations(logger: Logger): OperationLog {
  return {
    record({ reason: _reason, options: _options, ...facts }) {
      logger.info(facts, 'operation');
    },
  };
}

/** The same, and as events of the audit log. Events hold short values only, so that inputs which are lists stand there as text. */
export function createAuditedOperations(events: EventLog, logger: Logger): OperationLog {
  const logged = createLoggedOperations(logger);
  return {
    async record(event) {
      const { principal, via, act, operation, operationClass, requestId, operationId, reason } = event;
      await logged.record(event);
      events.record({
        type: 'CONNECTOR_INVOKED',
        at: event.at,
        who: { kind: via === 'journey' ? 'gate' : 'caller', name: principal },
        what: operation,
        why: reason ?? undefined,
        outcome: event.outcome,
        reason: event.detail ?? undefined,
        tenant: event.tenant ?? undefined,
        device: event.deviceId === null ? undefined : { id: event.deviceId, intuneId: event.deviceId },
        details: {
          ...Object.fromEntries(
            Object.entries(event.options).map(([name, value]) => [
              name,
              typeof value === 'boolean' || typeof value === 'number' ? value : String(value),
            ]),
          ),
          act,
          via,
          class: operationClass,
          requestId,
          operationId,
        },
      });
    },
  };
}

const ALL_JOURNEYS = journeyPrincipal('');

/** What principals may do now. All journeys have the same rights, each under a name of its own. */
function rightsByPrincipal({ callers, journeys }: GateConfig): {
  get(principal: string): Rights | undefined;
} {
  const byName = new Map<string, Rights>(
    callers.map(({ name, grants, tenants }) => [
      name,
      { grants: new Set(grants), tenants: new Set(tenants) },
    ]),
  );
  const ofJourneys = journeys && {
    grants: new Set(journeys.operations.grants),
    tenants: new Set([journeys.operations.tenant]),
  };
  return {
    get: (principal) => (principal.startsWith(ALL_JOURNEYS) ? ofJourneys : byName.get(principal)),
  };
}

function accessByTenant(
  tenants: ReadonlyMap<string, GraphTenant>,
  keepers: ReadonlyMap<string, AnswerKeeper>,
): ReadonlyMap<string, TenantAccess> {
  return new Map(
    [...tenants].flatMap(([name, { devices, groups }]) => {
      const keeper = keepers.get(name);
      return keeper === undefined
        ? []
        : [[name, { directory: keeper, devices, groups, forget: (id) => keeper.invalidate(id) }] as const];
    }),
  );
}
