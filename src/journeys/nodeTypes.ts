import type { NodeType } from './nodeType.ts';
import { accountLockout } from './nodes/accountLockout.ts';
import { authLevelDecision } from './nodes/authLevelDecision.ts';
import { certificateCollector } from './nodes/certificateCollector.ts';
import { certificateUserExtractor } from './nodes/certificateUserExtractor.ts';
import { certificateValidation } from './nodes/certificateValidation.ts';
import { choiceCollector } from './nodes/choiceCollector.ts';
import { dataStoreDecision } from './nodes/dataStoreDecision.ts';
import { deviceActionRequest } from './nodes/deviceActionRequest.ts';
import { deviceSync } from './nodes/deviceSync.ts';
import { groupDecision } from './nodes/groupDecision.ts';
import { identityStoreDecision } from './nodes/identityStoreDecision.ts';
import { innerTreeEvaluator } from './nodes/innerTreeEvaluator.ts';
import { intune } from './nodes/intune.ts';
import { message } from './nodes/message.ts';
import { metadata } from './nodes/metadata.ts';
import { modifyAuthLevel } from './nodes/modifyAuthLevel.ts';
import { oathDeviceStorage } from './nodes/oathDeviceStorage.ts';
import { oathRegistration } from './nodes/oathRegistration.ts';
import { oathTokenVerifier } from './nodes/oathTokenVerifier.ts';
import { oneTimePasswordCollectorDecision } from './nodes/oneTimePasswordCollectorDecision.ts';
import { oneTimePasswordGenerator } from './nodes/oneTimePasswordGenerator.ts';
import { oneTimePasswordSmtpSender } from './nodes/oneTimePasswordSmtpSender.ts';
import { page } from './nodes/page.ts';
import { passwordCollector } from './nodes/passwordCollector.ts';
import { pollingWait } from './nodes/pollingWait.ts';
import { recoveryCodeCollectorDecision } from './nodes/recoveryCodeCollectorDecision.ts';
import { recoveryCodeDisplay } from './nodes/recoveryCodeDisplay.ts';
import { requestHeader } from './nodes/requestHeader.ts';
import { retryLimitDecision } from './nodes/retryLimitDecision.ts';
import { setFailureDetails, setSuccessDetails } from './nodes/setDetails.ts';
import { setSessionProperties } from './nodes/setSessionProperties.ts';
import { setState } from './nodes/setState.ts';
import { setFailureUrl, setSuccessUrl } from './nodes/setUrl.ts';
import { usernameCollector } from './nodes/usernameCollector.ts';
import { validatedPassword } from './nodes/validatedPassword.ts';
import { validatedUsername } from './nodes/validatedUsername.ts';
import { zeroPageLogin } from './nodes/zeroPageLogin.ts';

/** Every node type of this engine. A new one is a file in `nodes` and a row here. Success and Failure are ends of a tree, not nodes. */
export const NODE_TYPES: readonly NodeType[] = [
  intune,
  page,
  innerTreeEvaluator,
  usernameCollector,
  passwordCollector,
  validatedUsername,
  validatedPassword,
  zeroPageLogin,
  dataStoreDecision,
  identityStoreDecision,
  oneTimePasswordGenerator,
  oneTimePasswordSmtpSender,
  oneTimePasswordCollectorDecision,
  oathRegistration,
  oathDeviceStorage,
  oathTokenVerifier,
  recoveryCodeDisplay,
  recoveryCodeCollectorDecision,
  accountLockout,
  certificateCollector,
  certificateValidation,
  certificateUserExtractor,
  choiceCollector,
  message,
  metadata,
  pollingWait,
  requestHeader,
  setState,
  retryLimitDecision,
  authLevelDecision,
  modifyAuthLevel,
  setSessionProperties,
  setSuccessUrl,
  setFailureUrl,
  setSuccessDetails,
  setFailureDetails,
  groupDecision,
  deviceSync,
  deviceActionRequest,
];
