/** A callback of a step as it goes over the wire, with its fields found by name. What is not there, or of another kind, is undefined. */
export interface ShownCallback {
  readonly type: string;
  /** 1-based, over all callbacks of the step. */
  readonly number: number;
  /** Name of its input, `IDTokenN`; undefined if it is only shown. */
  readonly input: string | undefined;
  /** What the input holds until somebody answers. */
  readonly value: string;
  readonly text: (name: string) => string;
  count(name: string): number | undefined;
  list(name: string): readonly string[];
}

/** A step of a journey, as the authenticate protocol gives it. */
export interface ShownStep {
  readonly authId: string;
  readonly callbacks: readonly ShownCallback[];
  readonly header: string | undefined;
  readonly description: string | undefined;
}

interface Named {
  readonly name?: unknown;
  readonly value?: unknown;
}

/** Pure: reads a step. What has another shape than the protocol says is left out, as nothing of it could be shown. */
export function readStep(body: Readonly<Record<string, unknown>>): ShownStep {
  const callbacks = Array.isArray(body['callbacks']) ? (body['callbacks'] as readonly unknown[]) : [];
  return {
    authId: textOf(body['authId']) ?? '',
    header: textOf(body['header']),
    description: textOf(body['description']),
    callbacks: callbacks.map(readCallback),
  };
}

function readCallback(wire: unknown, position: number): ShownCallback {
  const { type, output, input } = (wire ?? {}) as { type?: unknown; output?: unknown; input?: unknown };
  const outputs = new Map(namedOf(output).map(({ name, value }) => [name, value]));
  const [main] = namedOf(input);
  return {
    type: textOf(type) ?? '',
    number: position + 1,
    input: textOf(main?.name),
    value: textOf(main?.value) ?? (typeof main?.value === 'number' ? String(main.value) : ''),
    text: (name) => textOf(outputs.get(name)) ?? '',
    count(name) {
      const value = Number(outputs.get(name));
      return Number.isSafeInteger(value) ? value : undefined;
    },
    list(name) {
      const value = outputs.get(name);
      return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
    },
  };
}

function namedOf(list: unknown): readonly Named[] {
  return Array.isArray(list)
    ? list.filter((one): one is Named => typeof one === 'object' && one !== null)
    : [];
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
