import type { FastifyInstance } from 'fastify';
import { ASSETS_PATH } from '../../pages/pageFrame.ts';
import { DEVICE_PATH, recheckDevice, showDevice } from '../pages/deviceRoute.ts';
import { answerLogin, LOGIN_PATH, showLogin } from '../pages/loginRoute.ts';
import { registerPageAssets, registerPageScope, type PageScopeOptions } from '../pages/pageScope.ts';

/** What people see of the gate: where they sign in, and how their device stands. Closed unless `pages` is configured. */
export function registerPages(app: FastifyInstance, options: PageScopeOptions): void {
  registerPageAssets(app, ASSETS_PATH, options.surface);
  registerPageScope(app, options, (scope, serve) => {
    scope.get(LOGIN_PATH, serve(showLogin));
    scope.post(LOGIN_PATH, serve(answerLogin));
    scope.get(DEVICE_PATH, serve(showDevice));
    scope.post(`${DEVICE_PATH}/recheck`, serve(recheckDevice));
  });
}
