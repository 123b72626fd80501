import type { Requirement } from './requirement.ts';
import { AGE_REQUIREMENTS } from './requirements/ageRequirements.ts';
import { CERTIFICATE_REQUIREMENTS } from './requirements/certificateRequirements.ts';
import { DEVICE_REQUIREMENTS } from './requirements/deviceRequirements.ts';
import { HTTP_REQUIREMENTS } from './requirements/httpRequirements.ts';
import { OUTCOME_REQUIREMENTS } from './requirements/outcomeRequirements.ts';
import { PRESENTED_REQUIREMENTS } from './requirements/presentedRequirements.ts';
import { SIGN_IN_REQUIREMENTS } from './requirements/signInRequirements.ts';
import { STATE_REQUIREMENTS } from './requirements/stateRequirements.ts';
import { UPSTREAM_REQUIREMENTS } from './requirements/upstreamRequirements.ts';

/** What an implementation of `POST /v1/decisions` must do, one line each. */
export const REQUIREMENTS: readonly Requirement[] = [
  ...OUTCOME_REQUIREMENTS,
  ...DEVICE_REQUIREMENTS,
  ...PRESENTED_REQUIREMENTS,
  ...CERTIFICATE_REQUIREMENTS,
  ...UPSTREAM_REQUIREMENTS,
  ...AGE_REQUIREMENTS,
  ...SIGN_IN_REQUIREMENTS,
  ...STATE_REQUIREMENTS,
  ...HTTP_REQUIREMENTS,
];
