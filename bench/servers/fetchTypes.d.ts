/** A name of the browser's fetch that `@microsoft/microsoft-graph-client` takes for granted and Node's types do not have; another is in `src/mcp`. */
type RequestInfo = string | URL | Request;
