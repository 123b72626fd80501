/** One value under its name and labels, as it stands in the exposition. */
export type Samples = ReadonlyMap<string, number>;

export interface ParsedExposition {
  readonly samples: Samples;
  /** Type by family, as its `# TYPE` line says. */
  readonly types: ReadonlyMap<string, string>;
}

const SAMPLE = /^([a-z_:][\w:]*)(\{(?:[a-z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*\})? (\S+)$/i;
const SUFFIXES = /_(?:total|bucket|sum|count|created)$/;

/** Reads the text format of Prometheus, or OpenMetrics without exemplars. @throws Error for anything that is neither */
export function parseExposition(text: string): ParsedExposition {
  const samples = new Map<string, number>();
  const types = new Map<string, string>();
  const helped = new Set<string>();
  for (const line of text.split('\n')) {
    if (line === '' || line === '# EOF') continue;
    const [, kind, family = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (kind === 'HELP') {
      if (helped.has(family)) throw new Error(`${family} is described twice`);
      helped.add(family);
    } else if (kind === 'TYPE') types.set(family, rest);
    else {
      const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
      if (name === undefined) throw new Error(`no sample: ${line}`);
      if (!types.has(name) && !types.has(name.replace(SUFFIXES, ''))) throw new Error(`no type for ${name}`);
      const number = Number(value?.replace('Inf', 'Infinity'));
      if (Number.isNaN(number) && value !== 'Nan' && value !== 'NaN') throw new Error(`no number: ${line}`);
      if (samples.has(name + labels)) throw new Error(`twice: ${name}${labels}`);
      samples.set(name + labels, number);
    }
  }
  return { samples, types };
}
