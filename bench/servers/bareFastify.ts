import { readReferenceSettings } from './referenceSettings.ts';
import { serveReference } from './serveReference.ts';

/** The cheapest honest service with Fastify: everything but the decision. */
await serveReference(readReferenceSettings(), () => 'compliant');
