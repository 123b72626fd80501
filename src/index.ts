/**
 * The public surface of the package, in the order of the pipeline. What is not exported here may change without notice.
 */
export { OUTCOME_IDS, OUTCOMES, type Outcome, type OutcomeId } from './outcomes/outcome.ts';
export { REASON_NAMES, REASONS, type Reason, type UpstreamReason } from './outcomes/reason.ts';
export { GateError, type ErrorCode } from './errors.ts';
export { loadConfig } from './config/loadConfig.ts';
export { ConfigError, type ConfigProblem } from './config/configProblem.ts';
export type { GateConfig } from './config/gateConfig.ts';
export type { RequestContext } from './node/requestContext.ts';
export type { Decision, TracedDecision, TraceStep } from './node/decision.ts';
export type { IntuneNode } from './node/intuneNode.ts';
export {
  defineNodeType,
  SINGLE_OUTCOME,
  TRUE_FALSE,
  type NodeOutcome,
  type NodeType,
} from './journeys/nodeType.ts';
export { ask, goTo, NodeFault, suspend, type Effects, type NodeResult } from './journeys/nodeResult.ts';
export type { NodeContext, NodePorts } from './journeys/nodeContext.ts';
export type { NodeState } from './journeys/state/nodeState.ts';
export { callbacks, type Callback } from './journeys/callbacks/callback.ts';
export type { Identity } from './identity/identity.ts';
export type { IdentityStore } from './identity/identityStore.ts';
export type { PasswordVerdict } from './identity/passwordVerdict.ts';
export type { Session } from './sessions/session.ts';
export type { DeviceDirectory, Lookup, LookupFailure } from './node/deviceDirectory.ts';
export type { Actor } from './operations/actor.ts';
export { findOperation, OPERATIONS } from './operations/catalogue.ts';
export type { ConnectorInvoked, OperationLog } from './operations/operationLog.ts';
export type { Operations } from './operations/operations.ts';
export { composeGate, type ComposeOptions, type Gate } from './compose.ts';
export { createLogger } from './http/logging.ts';
