import type { ConfigProblem } from './configProblem.ts';
import type { ConfigFile, ListenerConfig } from './configSchema.ts';

/** Pure: every listener of a configuration with its place in it. */
export function listenersOf(file: ConfigFile): readonly (readonly [ConfigProblem['path'], ListenerConfig])[] {
  return [
    [['listen'], file.listen],
    ...file.alsoListen.map((listener, index) => [['alsoListen', index], listener] as const),
  ];
}

/** Pure: listeners that cannot stand beside each other, or contradict themselves. */
export function checkListeners(file: ConfigFile): readonly ConfigProblem[] {
  const taken = new Set<string>();
  const listeners = listenersOf(file);
  if (listeners.every(([, { monitoring }]) => monitoring === 'only')) {
    return [
      { path: ['listen', 'monitoring'], message: 'leaves no listener for decisions: all of them are `only`' },
    ];
  }
  return listeners.flatMap(([path, listener]) => {
    if (listener.monitoring === 'only' && listener.tls?.devices === true) {
      const message = 'means nothing on a listener that serves nothing but monitoring';
      return [{ path: [...path, 'tls', 'devices'], message }];
    }
    if (listener.socket !== undefined && listener.tls !== undefined) {
      return [{ path: [...path, 'tls'], message: 'means nothing on a Unix socket; remove one of the two' }];
    }
    const place = placeOf(listener);
    if (place === undefined) return [];
    if (taken.has(place)) return [{ path, message: 'listens where another listener listens already' }];
    taken.add(place);
    return [];
  });
}

/** Free ports never collide. */
function placeOf({ socket, host, port }: ListenerConfig): string | undefined {
  if (socket !== undefined) return socket.path;
  return port === 0 ? undefined : `${host} ${port}`;
}
