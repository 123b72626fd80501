import { describe, expect, test } from 'vitest';
import { readCertificate } from '../../src/tls/certificate.ts';
import { certificates, deviceCertificates, middle, root } from './corpus.ts';
import type { FuzzTarget } from './fuzzTarget.ts';
import { KEPT_INPUTS } from './keptInputs.ts';
import { createRandom } from './random.ts';
import { runFuzz, tryInput } from './runFuzz.ts';
import { FUZZ_TARGETS } from './targets.ts';

const INPUTS = 20_000;

describe('fuzzing', () => {
  test(`${INPUTS} inputs: nothing throws, dawdles, changes its mind or believes what is not there`, () => {
    const { targets, failures } = runFuzz({ targets: FUZZ_TARGETS, inputs: INPUTS, seed: 4711 });
    expect(failures).toEqual([]);
    for (const { name, share } of FUZZ_TARGETS) {
      expect(targets[name]?.inputs).toBe((INPUTS * share) / 100);
    }
  }, 60_000);

  test.each(KEPT_INPUTS)('%s: an input that once failed (%s)', (name, _why, base64) => {
    const target = FUZZ_TARGETS.find((candidate) => candidate.name === name);
    expect(target && tryInput(target, Buffer.from(base64, 'base64')).wrong).toBeUndefined();
    expect(target).toBeDefined();
  });
});

describe('the fuzzer', () => {
  const broken = (check: FuzzTarget['check']): FuzzTarget => ({
    name: 'broken',
    share: 100,
    make: (random) => Buffer.of(random.below(256)),
    check,
  });
  const run = (target: FuzzTarget): readonly string[] =>
    runFuzz({ targets: [target], inputs: 300, seed: 1 }).failures.map(({ wrong }) => wrong);

  test('finds what throws, what is wrong and what is slow', () => {
    expect(
      run(
        broken(([byte]) => {
          if (byte === 7) throw new Error('seven');
          return undefined;
        }),
      )[0],
    ).toContain('seven');
    expect(run(broken(([byte]) => (byte === 7 ? 'it is seven' : undefined)))[0]).toBe('it is seven');
    const slow = broken(() => {
      const start = process.cpuUsage();
      while (process.cpuUsage(start).user < 60_000);
      return undefined;
    });
    expect(tryInput(slow, Buffer.of(1)).wrong).toMatch(/took \d+ ms/);
  });

  test('makes the same inputs of the same seed, and shares them out without a gap', () => {
    const inputsOf = (
      seed: number,
      part?: { readonly index: number; readonly of: number },
    ): readonly number[] => {
      const made: number[] = [];
      const target = broken(([byte = 0]) => void made.push(byte));
      runFuzz({ targets: [target], inputs: 100, seed, ...(part === undefined ? {} : { part }) });
      return made;
    };
    expect(inputsOf(1)).toEqual(inputsOf(1));
    expect(inputsOf(1)).not.toEqual(inputsOf(2));
    const halves = [0, 1].map((index) => inputsOf(1, { index, of: 2 }));
    expect(halves[0]?.flatMap((byte, index) => [byte, halves[1]?.[index]])).toEqual(inputsOf(1));
  });

  test('has a corpus that reaches the code, and changes some of it to what is still read', () => {
    expect(certificates.length).toBeGreaterThan(200);
    const asn1 = FUZZ_TARGETS.find(({ name }) => name === 'asn1');
    const read = Array.from({ length: 400 }, (_, stream) => asn1?.make(createRandom(9, stream))).filter(
      (input) => input && readCertificate(input) !== undefined,
    );
    expect(read.length).toBeGreaterThan(20);
    for (const { der } of [root, middle, ...deviceCertificates]) expect(readCertificate(der)).toBeDefined();
  });
});
