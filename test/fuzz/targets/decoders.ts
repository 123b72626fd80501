import { ENCODINGS, isEncodingName, type EncodingName } from '../../../src/tls/encodings/encodings.ts';
import { genericFormat } from '../../../src/tls/forwarded/generic.ts';
import { FORWARDED_FORMATS } from '../../../src/tls/forwardedFormats.ts';
import { WRITERS } from '../../tls/forwarded/forwardedValues.ts';
import { certificates } from '../corpus.ts';
import type { FuzzTarget } from '../fuzzTarget.ts';
import { mutateText } from '../mutateText.ts';
import type { Random } from '../random.ts';
import { checkDecoding } from './forwardedValue.ts';

const formats = [...FORWARDED_FORMATS, ...Object.keys(ENCODINGS).filter(isEncodingName).map(genericFormat)];

/** Header values. The first byte of an input is the format; the rest is the value as UTF-8. */
export const decoders: FuzzTarget = {
  name: 'decoders',
  share: 55,
  make(random) {
    const index = random.below(formats.length);
    const { encoding } = random.pick(formats.slice(index, index + 1));
    return Buffer.concat([
      Buffer.of(index),
      Buffer.from(mutateText(write(encoding, random), write(encoding, random), random)),
    ]);
  },
  check(input) {
    const format = formats[input[0] ?? 0];
    return format && checkDecoding(format, input.toString('utf8', 1));
  },
};

function write(encoding: EncodingName, random: Random): string {
  const ders = Array.from({ length: random.oneIn(3) ? 1 + random.below(4) : 1 }, () =>
    random.pick(certificates),
  );
  // Now and then as another product would write it.
  return WRITERS[random.oneIn(20) ? random.pick(Object.keys(WRITERS).filter(isEncodingName)) : encoding](
    ...ders,
  );
}
