import { createServer } from 'node:http';
import { readReferenceSettings } from './referenceSettings.ts';

/** The floor: Node's own http server that parses the question and answers with as many bytes as the gate. No log, no framework. */
const { port, sample } = readReferenceSettings();

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    // Asking whether it is there comes without a body.
    if (chunks.length > 0) JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const answer = JSON.stringify(sample);
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(answer),
    });
    response.end(answer);
  });
}).listen(port, '127.0.0.1');
