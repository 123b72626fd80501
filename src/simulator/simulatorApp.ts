import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { controlRoutes } from './routes/control.ts';
import { graphRoutes } from './routes/graph.ts';
import { managedIdentityRoutes } from './routes/managedIdentity.ts';
import { tokenRoutes } from './routes/token.ts';
import { observeTraffic } from './traffic.ts';
import type { SimulatorContext } from './simulatorContext.ts';

/** All routes of the simulator on one Fastify instance. Does not listen. */
export async function buildSimulatorApp(options: {
  readonly context: SimulatorContext;
  readonly controlKey: string;
  /** PEM. */
  readonly tls: { readonly cert: string; readonly key: string };
}): Promise<FastifyInstance> {
  const { context } = options;
  // Over https the instance has another server type; the routes do not care.
  const app = Fastify({
    https: options.tls,
    logger: false,
    forceCloseConnections: true,
    genReqId: () => randomUUID(),
    routerOptions: { maxParamLength: 500 },
  }) as unknown as FastifyInstance;
  await app.register(controlRoutes({ context, key: options.controlKey }));
  await app.register(async (microsoft) => {
    observeTraffic(microsoft, context);
    await microsoft.register(tokenRoutes(context));
    await microsoft.register(managedIdentityRoutes(context));
    await microsoft.register(graphRoutes(context));
  });
  return app;
}
