import { describe, expect, test } from 'vitest';
import { createPathValidator, type PathVerdict } from '../../src/tls/certificatePath.ts';
import {
  DAY,
  EXTENSION,
  mint,
  mintList,
  NAME,
  name,
  nameConstraints,
  NOW,
  read,
  testKey,
  USAGE,
  type Minted,
  type MintRequest,
} from '../support/certificateBuilder.ts';
import { explicit, implicit, integer, oid, sequence } from '../support/derBuilder.ts';

const WITHOUT_KEY_IDS = [EXTENSION.subjectKeyId, EXTENSION.authorityKeyId];
const root = mint({ subject: 'CN=Root', ca: true });
const foreignRoot = mint({ subject: 'CN=Foreign Root', ca: true });

const ca = (subject: string, issuer: Minted, request: Partial<MintRequest> = {}): Minted =>
  mint({ subject: `CN=${subject}`, ca: true, issuer, ...request });
const leafOf = (issuer: Minted, request: Partial<MintRequest> = {}): Minted =>
  mint({ subject: 'CN=leaf', issuer, ...request });
const pems = (certificates: readonly Minted[]): readonly string[] => certificates.map(({ pem }) => pem);

function validate(
  leaf: Minted,
  anchors: readonly Minted[],
  intermediates: readonly Minted[] = [],
  crls: readonly string[] = [],
): PathVerdict {
  const validator = createPathValidator({ anchors: pems(anchors), intermediates: pems(intermediates), crls });
  return validator.validate(read(leaf), { at: NOW, purpose: 'client' });
}

/** In either order: which certificate is configured first must not matter. */
function validateBothWays(
  leaf: Minted,
  anchors: readonly Minted[],
  intermediates: readonly Minted[],
): readonly (string | boolean)[] {
  return [intermediates, intermediates.toReversed()].map((list) => {
    const verdict = validate(leaf, anchors, list);
    return verdict.valid ? true : verdict.reason;
  });
}

describe('a path is found', () => {
  test('among anchors that share a name', () => {
    const anchors = ['1', '2', '3'].map((key) =>
      mint({ subject: 'CN=Root', ca: true, key: testKey(key), without: WITHOUT_KEY_IDS }),
    );
    for (const anchor of anchors) {
      expect(validate(leafOf(anchor, { without: WITHOUT_KEY_IDS }), anchors)).toMatchObject({ valid: true });
    }
  });

  test('through a CA that two roots have certified', () => {
    const ours = ca('Shared', root);
    const theirs = ca('Shared', foreignRoot);
    expect(validateBothWays(leafOf(ours), [root], [ours, theirs])).toEqual([true, true]);
    expect(validateBothWays(leafOf(ours), [root], [theirs])).toEqual(['untrusted', 'untrusted']);
  });

  test('over a cross-certificate to an older root', () => {
    const young = mint({ subject: 'CN=Young Root', ca: true });
    const cross = ca('Young Root', root);
    const middle = ca('Middle', young);
    expect(validateBothWays(leafOf(middle), [root], [middle, young, cross])).toEqual([true, true]);
  });

  test('in spite of a circle of CAs', () => {
    const a = ca('A', root, { key: testKey('a') });
    const b = ca('B', a, { key: testKey('b') });
    const back = ca('A', b, { key: testKey('a') });
    expect(validateBothWays(leafOf(b), [root], [a, b, back])).toEqual([true, true]);
    expect(validateBothWays(leafOf(b), [root], [b, back])).toEqual(['untrusted', 'untrusted']);
  });

  test.each<[string, Partial<MintRequest>]>([
    ['expired', { notAfter: NOW - DAY }],
    ['not yet valid', { notBefore: NOW + DAY }],
    ['for servers', { usages: [USAGE.server] }],
    ['no CA', { ca: false }],
    [
      'for other names',
      {
        extensions: [
          {
            oid: EXTENSION.nameConstraints,
            critical: true,
            value: nameConstraints({ permitted: [NAME.directory(name(['O=Other']))] }),
          },
        ],
      },
    ],
    ['of a weak kind', { extensions: [{ oid: '1.2.3', critical: true, value: Buffer.from('0500', 'hex') }] }],
  ])('around a certificate of the same CA that is %s', (_, request) => {
    const good = ca('Middle', root, { key: testKey('m') });
    const bad = ca('Middle', root, { key: testKey('m'), ...request });
    expect(validateBothWays(leafOf(good), [root], [good, bad])).toEqual([true, true]);
    expect(validate(leafOf(good), [root], [bad]).valid).toBe(false);
  });

  test('around a CA with a shorter path length', () => {
    const short = ca('Top', root, { key: testKey('top'), pathLength: 0 });
    const long = ca('Top', root, { key: testKey('top') });
    const low = ca('Low', long);
    expect(validateBothWays(leafOf(low), [root], [short, long, low])).toEqual([true, true]);
  });

  test('over a CA that certified its own new key', () => {
    const old = ca('Roll', root, { key: testKey('old'), pathLength: 0 });
    const young = mint({ subject: 'CN=Roll', ca: true, issuer: old, key: testKey('young') });
    expect(validateBothWays(leafOf(young), [root], [old, young])).toEqual([true, true]);
  });

  test('through certificates that came along, if the caller hands them over', () => {
    const middle = ca('Middle', root);
    const validator = createPathValidator({ anchors: [root.pem] });
    const request = { at: NOW, purpose: 'client' } as const;
    expect(validator.validate(read(leafOf(middle)), request)).toMatchObject({ reason: 'untrusted' });
    expect(
      validator.validate(read(leafOf(middle)), { ...request, intermediates: [read(middle)] }).valid,
    ).toBe(true);
    const ownRoot = [read(foreignRoot), read(ca('Middle', foreignRoot))];
    expect(
      validator.validate(read(leafOf(foreignRoot)), { ...request, intermediates: ownRoot }),
    ).toMatchObject({
      reason: 'untrusted',
    });
  });

  test('from several certificates in one text, with words between', () => {
    const middle = ca('Middle', root);
    const validator = createPathValidator({
      anchors: [`Our roots\n${foreignRoot.pem}\nand\n${root.pem}`],
      intermediates: [middle.pem],
    });
    expect(validator.validate(read(leafOf(middle)), { at: NOW, purpose: 'client' }).valid).toBe(true);
    expect(validator.ignored).toEqual([]);
  });
});

describe('the window of a verdict', () => {
  test('is that of the shortest validity in the path', () => {
    const middle = ca('Middle', root, { notBefore: NOW - 1_000, notAfter: NOW + 5_000 });
    expect(validate(leafOf(middle), [root], [middle])).toEqual({
      valid: true,
      validFrom: NOW - 1_000,
      validUntil: NOW + 5_000,
    });
  });

  test('ends before the next list is due', () => {
    const list = mintList({ issuer: root, thisUpdate: NOW - 2_000, nextUpdate: NOW + 3_000 });
    expect(validate(leafOf(root), [root], [], [list])).toEqual({
      valid: true,
      validFrom: NOW - 2_000,
      validUntil: NOW + 2_999,
    });
  });
});

test('without anchors nothing is trusted', () => {
  const middle = ca('Middle', root);
  for (const intermediates of [[], [middle], [middle, root]]) {
    expect(validate(leafOf(middle), [], intermediates)).toMatchObject({ valid: false, reason: 'untrusted' });
    expect(validate(leafOf(root), [], intermediates)).toMatchObject({ valid: false, reason: 'untrusted' });
  }
});

test('at a time that is no number nothing is good', () => {
  const validator = createPathValidator({ anchors: [root.pem] });
  expect(validator.validate(read(leafOf(root)), { at: Number.NaN, purpose: 'client' })).toMatchObject({
    valid: false,
    reason: 'expired',
  });
});

test('the same question has the same answer the second time', () => {
  const copies = Array.from({ length: 100 }, () =>
    ca('Copy', root, { key: testKey('copy'), notAfter: NOW - DAY }),
  );
  const validator = createPathValidator({ anchors: [root.pem], intermediates: pems(copies) });
  const leaf = read(leafOf(copies[0] ?? root));
  const answers = Array.from({ length: 4 }, () => validator.validate(leaf, { at: NOW, purpose: 'client' }));
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
});

test('what cannot be used is named and adds no trust', () => {
  const { ignored } = createPathValidator({
    anchors: ['nothing', root.pem.replace('MII', 'MIII')],
    intermediates: [`${root.pem}${root.pem.slice(0, 100)}`],
    crls: ['nothing', mintList({ issuer: root, extensions: [] })],
  });
  expect(ignored).toHaveLength(4);
});

describe('an answer comes soon', () => {
  /** CPU time of the fastest of three: what the machine does beside must not count. */
  function validateInTime(
    leaf: Minted,
    anchors: readonly Minted[],
    intermediates: readonly Minted[],
    limitMs = 50,
  ): string | boolean {
    const validator = createPathValidator({
      anchors: pems(anchors),
      intermediates: pems(intermediates),
      maxDepth: 8,
    });
    const certificate = read(leaf);
    const spent: number[] = [];
    let verdict: PathVerdict | undefined;
    for (let round = 0; round < 3; round += 1) {
      const start = process.cpuUsage();
      verdict = validator.validate(certificate, { at: NOW, purpose: 'client' });
      const { user, system } = process.cpuUsage(start);
      spent.push((user + system) / 1_000);
    }
    expect(Math.min(...spent)).toBeLessThan(limitMs);
    return verdict?.valid === true ? true : (verdict?.reason ?? '');
  }

  const same = (index: number): Minted =>
    mint({ subject: 'CN=Same', ca: true, key: testKey(`same ${index}`), without: WITHOUT_KEY_IDS });
  const many = Array.from({ length: 14 }, (_, index) => same(index));
  /** Everyone certifies everyone. */
  const crossed = many.flatMap((issuer) =>
    many
      .filter((subject) => subject !== issuer)
      .map((subject) =>
        mint({ subject: 'CN=Same', ca: true, issuer, key: subject.key, without: WITHOUT_KEY_IDS }),
      ),
  );
  const hidden = leafOf(many[0] ?? root, { without: WITHOUT_KEY_IDS });

  test('about CAs of one name that all certify each other, without a way out', () => {
    const stranger = mint({
      subject: 'CN=Same',
      ca: true,
      key: testKey('stranger'),
      without: WITHOUT_KEY_IDS,
    });
    expect(validateInTime(hidden, [stranger], crossed)).toBe('tooComplex');
  });

  test('about the same with a way out', () => {
    const exit = many.at(-1) ?? root;
    expect(validateInTime(hidden, [exit], crossed)).toBe(true);
  });

  test('about the same with the name of no anchor', () => {
    expect(validateInTime(hidden, [root], crossed)).toBe('untrusted');
  });

  test('about two ways at each of eight levels, all of them forbidden at the top', () => {
    const top = mint({
      subject: 'CN=Root',
      ca: true,
      extensions: [
        {
          oid: EXTENSION.nameConstraints,
          critical: true,
          value: nameConstraints({ excluded: [NAME.dns('')] }),
        },
      ],
    });
    const intermediates: Minted[] = [];
    let above = [top];
    for (let level = 0; level < 8; level += 1) {
      const key = testKey(`level ${level}`);
      above = ['one', 'two'].map((hint) =>
        mint({
          subject: `CN=Level ${level}`,
          ca: true,
          issuer: above[0],
          key,
          names: [NAME.uri(`x:${hint}`)],
        }),
      );
      intermediates.push(...above);
    }
    const leaf = leafOf(above[0] ?? root, { names: [NAME.dns('example.com')] });
    expect(validateInTime(leaf, [top], intermediates)).toBe('nameConstraint');
  });

  test('about hundreds of certificates of one CA', () => {
    const copies = Array.from({ length: 400 }, () =>
      ca('Copy', root, { key: testKey('copy'), notAfter: NOW - DAY }),
    );
    expect(validateInTime(leafOf(copies[0] ?? root), [root], copies)).toBe('tooComplex');
  });

  test('about hundreds of lists, each for a part of the certificates', () => {
    const point = (index: number): Buffer =>
      explicit(0, explicit(0, NAME.uri(`http://crl.example/${index}`)));
    const crls = Array.from({ length: 400 }, (_, index) =>
      mintList({
        issuer: root,
        extensions: [
          { oid: '2.5.29.20', value: integer(1) },
          { oid: '2.5.29.28', critical: true, value: sequence(point(index)) },
        ],
      }),
    );
    const leaf = leafOf(root, {
      extensions: [{ oid: EXTENSION.distributionPoints, value: sequence(sequence(point(300))) }],
    });
    const validator = createPathValidator({ anchors: [root.pem], crls });
    const certificate = read(leaf);
    const request = { at: NOW, purpose: 'client' } as const;
    expect(validator.validate(certificate, request).valid).toBe(true);
    const start = process.cpuUsage();
    for (let round = 0; round < 20; round += 1) validator.validate(certificate, request);
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 20_000).toBeLessThan(5);
  });

  test('about a chain of sixty', () => {
    const chain = [root];
    for (let index = 0; index < 60; index += 1) chain.push(ca(`Link ${index}`, chain.at(-1) ?? root));
    expect(validateInTime(leafOf(chain.at(-1) ?? root), [root], chain)).toBe('pathLength');
  });

  test('about many names under many constraints', () => {
    const limits = Array.from({ length: 800 }, (_, index) => NAME.dns(`${index}.example.com`));
    const middle = ca('Middle', root, {
      extensions: [
        { oid: EXTENSION.nameConstraints, critical: true, value: nameConstraints({ excluded: limits }) },
      ],
    });
    const leaf = leafOf(middle, {
      names: Array.from({ length: 800 }, (_, index) => NAME.dns(`x${index}.example.org`)),
    });
    expect(validateInTime(leaf, [root], [middle])).toBe('tooComplex');
    const fewer = leafOf(middle, {
      names: Array.from({ length: 80 }, (_, index) => NAME.dns(`x${index}.example.org`)),
    });
    expect(validateInTime(fewer, [root], [middle])).toBe(true);
  });

  /** In the tree of RFC 5280 each of these multiplies by the number of policies, and eight of them make 10^12 nodes. */
  test('about policies that are all mapped to each other', () => {
    const ids = Array.from({ length: 32 }, (_, index) => oid(`1.2.3.${index}`));
    const extensions = [
      { oid: EXTENSION.policies, value: sequence(...ids.map((id) => sequence(id))) },
      {
        oid: EXTENSION.policyMappings,
        value: sequence(...ids.flatMap((issuer) => ids.map((subject) => sequence(issuer, subject)))),
      },
      { oid: EXTENSION.policyConstraints, value: sequence(implicit(0, '\0')) },
    ];
    const chainOf = (length: number): readonly Minted[] => {
      const chain = [root];
      for (let index = 0; index < length; index += 1) {
        chain.push(ca(`Policy ${index}`, chain.at(-1) ?? root, { extensions }));
      }
      return chain;
    };
    const policies = { extensions: extensions.slice(0, 1) };
    const [short, long] = [chainOf(3), chainOf(8)];
    expect(validateInTime(leafOf(short.at(-1) ?? root, policies), [root], short)).toBe(true);
    expect(validateInTime(leafOf(short.at(-1) ?? root), [root], short)).toBe('policy');
    expect(validateInTime(leafOf(long.at(-1) ?? root, policies), [root], long)).toBe('tooComplex');
  });

  test('about many keys of one name, even if the right one is the last', () => {
    const keys = Array.from({ length: 80 }, (_, index) =>
      mint({
        subject: 'CN=Many',
        ca: true,
        issuer: root,
        key: testKey(`many ${index}`),
        notBefore: NOW - index * 1_000,
      }),
    );
    const last = keys.at(-1) ?? root;
    expect(validateInTime(leafOf(last), [root], keys)).toBe(true);
    expect(validateInTime(leafOf(last, { without: WITHOUT_KEY_IDS }), [root], keys)).toBe('tooComplex');
  });
});
