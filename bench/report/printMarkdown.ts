import { formatTarget, formatValue, formatVerdict, judgeFigure, type Report } from './report.ts';
import { seriesRows } from './seriesRows.ts';

/** The report as docs/benchmarks.md. */
export function printMarkdown({ figures, series, notes, machine }: Report): string {
  return `# Benchmarks

Written by \`npm run bench\` on ${machine.date}, on ${machine.cores} cores of ${machine.processor} with ${machine.memoryGiB} GiB of memory, Node.js ${machine.node}, ${machine.platform}. Run it on a machine of your own: the ratios are what carries over, not the numbers behind them.

| figure | says | value | target | |
| --- | --- | --- | --- | --- |
${rows(
  figures.map((measured) => [
    `\`${measured.figure.name}\``,
    measured.figure.meaning,
    formatValue(measured),
    formatTarget(measured.figure),
    formatVerdict(judgeFigure(measured)),
  ]),
)}

${notes.map((note) => `- ${note}`).join('\n')}

## What was measured

The gate is the built program, started by \`serve\` with a configuration file. It, the simulator it asks over HTTPS, each reference and the load generator are processes of their own. The generator keeps a fixed number of connections busy, one decision at a time on each, and checks every answer: a run with one wrong answer is no result. Servers take turns, after a warm-up each; a ratio is the median of the ratios of neighbouring runs. CPU is the time the server process used, user and system, per decision: on few cores it says more than throughput, which generator and simulator take their share of. "generator" is the generator's own share of one core.

The references:

- **node:http**: parses the question, answers with as many bytes, and does nothing else.
- **bare Fastify**: the same with Fastify, and one log line with pino like the gate's.
- **gate with graph-client**: \`@microsoft/microsoft-graph-client\` with a token that \`@azure/msal-node\` remembers, selecting the properties the gate selects. It believes its callers and looks at \`complianceState\` only.
- **replica of Ping's calls**: for each decision a token by user name and password and then the whole device, each over a fresh connection, as Ping's Intune node does. It replicates the calls of that product, not its code.

| load | server | decisions/s | CPU µs per decision (min–max) | p50 ms | p99 ms | generator |
| --- | --- | --- | --- | --- | --- | --- |
${rows(seriesRows(series).map((row) => [row.load, row.server, row.perSecond, row.cpu, row.p50, row.p99, row.generator]))}
`;
}

function rows(cells: readonly (readonly string[])[]): string {
  return cells.map((row) => `| ${row.join(' | ')} |`).join('\n');
}
