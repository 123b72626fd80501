import { AsyncLocalStorage } from 'node:async_hooks';
import type { INetworkModule } from '@azure/msal-node';

const current = new AsyncLocalStorage<INetworkModule>();

function network(): INetworkModule {
  const module = current.getStore();
  if (module === undefined) throw new Error('A managed identity was asked outside of an acquisition.');
  return module;
}

/**
 * MSAL keeps the managed identity source, and with it the network module of whoever came first, in a static field for the life of
 * the process. So it is given this one, which leads to the acquisition under way.
 */
export const managedIdentityNetwork: INetworkModule = {
  sendGetRequestAsync: (url, request, timeout) => network().sendGetRequestAsync(url, request, timeout),
  sendPostRequestAsync: (url, request) => network().sendPostRequestAsync(url, request),
};

export function withManagedIdentityNetwork<T>(module: INetworkModule, run: () => Promise<T>): Promise<T> {
  return current.run(module, run);
}
