/** Names of the browser's fetch that `@microsoft/microsoft-graph-client` takes for granted and Node's types do not have. */
type HeadersInit = ConstructorParameters<typeof Headers>[0];
type RequestInfo = string | URL | Request;
