/** What became of one attempt. */
export type Fate =
  /** The application was reached, or would have been. */
  | 'allowed'
  /** The gate said no. */
  | 'denied by the gate'
  /** The proxy answered by itself, or ended the connection. */
  | 'refused by the proxy';

/** What was seen at one proxy. */
export interface ProxyReport {
  /** Name and version. */
  readonly name: string;
  /** By label of the certificate. */
  readonly certificates: Map<string, string>;
  readonly smuggling: Fate[];
  readonly identity: Fate[];
  /** Labels of attempts of which a forged value arrived at the application. */
  readonly arrived: string[];
}

export function createReport(name: string): ProxyReport {
  return { name, certificates: new Map(), smuggling: [], identity: [], arrived: [] };
}

/** Both tables, as they stand in docs/proxies.md. */
export function reportTables(reports: readonly ProxyReport[]): string {
  const count = (fates: readonly Fate[], fate: Fate): string =>
    String(fates.filter((seen) => seen === fate).length);
  const labels = [...(reports[0]?.certificates.keys() ?? [])];
  return [
    row(['certificate', ...reports.map(({ name }) => name)]),
    row(['---', ...reports.map(() => '---')]),
    ...labels.map((label) =>
      row([label, ...reports.map(({ certificates }) => certificates.get(label) ?? '')]),
    ),
    '',
    row(['', ...reports.map(({ name }) => name)]),
    row(['---', ...reports.map(() => '---:')]),
    row(['attempts to be another device', ...reports.map(({ smuggling }) => String(smuggling.length))]),
    row(['– allowed', ...reports.map(({ smuggling }) => count(smuggling, 'allowed'))]),
    row([
      'attempts to forge what only the gate sets',
      ...reports.map(({ identity }) => String(identity.length)),
    ]),
    row([
      '– refused',
      ...reports.map(({ identity }) => String(identity.filter((fate) => fate !== 'allowed').length)),
    ]),
    row([
      '– passed without the forged value',
      ...reports.map(({ identity, arrived }) => String(Number(count(identity, 'allowed')) - arrived.length)),
    ]),
    row(['– passed with the forged value', ...reports.map(({ arrived }) => String(arrived.length))]),
  ].join('\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
