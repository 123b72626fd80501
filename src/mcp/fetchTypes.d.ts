/** A name of the browser's fetch that the Model Context Protocol's library takes for granted and the types of Node.js 20 do not have. */
type HeadersInit = ConstructorParameters<typeof Headers>[0];
