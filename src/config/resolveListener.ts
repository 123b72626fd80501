import type { ListenerConfig } from './configSchema.ts';
import type { ListenerSetup } from './gateConfig.ts';
import type { Path, Resolution } from './resolution.ts';
import { resolveTls } from './resolveTls.ts';

/** Turns a listener as it is written, at `at`, into one that can be opened. `clientAuthorities` are PEM. */
export function resolveListener(
  { host, port, socket, tls, monitoring }: ListenerConfig,
  at: Path,
  clientAuthorities: readonly string[],
  resolution: Resolution,
): ListenerSetup {
  return socket === undefined
    ? { host, port, monitoring, tls: resolveTls(tls, [...at, 'tls'], clientAuthorities, resolution) }
    : { socketPath: resolution.locate(socket.path), mode: Number.parseInt(socket.mode, 8), monitoring };
}
