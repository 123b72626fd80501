import type { DecodingLimits } from '../encodings/encoding.ts';
import { ENCODINGS, type EncodingName } from '../encodings/encodings.ts';
import type { Decoded, ForwardedFormat } from '../forwardedFormat.ts';

/** Largest certificate that is read from a header, in bytes of DER. Device certificates have 1 to 2 kB. */
export const LARGEST_CERTIFICATE = 8_192;
/** Most certificates that may follow the leaf. */
export const LONGEST_CHAIN = 4;
/** Longest value that is looked at, in characters: all the headers of one request together are bounded likewise. */
export const LONGEST_VALUE = 65_536;

interface FormatDescription {
  readonly name: string;
  readonly title: string;
  readonly header: string | undefined;
  readonly encoding: EncodingName;
  readonly absent?: readonly string[];
  readonly chain?: ForwardedFormat['chain'];
  readonly verifySignal?: ForwardedFormat['verifySignal'];
  readonly companions?: readonly string[];
  /** Whether the value may stand in one pair of double quotes. Default false. */
  readonly mayBeQuoted?: boolean;
}

/** Makes a format of its description: what all formats do alike stands here once. */
export function defineFormat(description: FormatDescription): ForwardedFormat {
  const { name, title, encoding, chain = 'never' } = description;
  const absent = description.absent ?? [];
  const limits: DecodingLimits = {
    certificates: chain === 'never' ? 1 : 1 + LONGEST_CHAIN,
    bytes: LARGEST_CERTIFICATE,
  };
  return {
    name,
    title,
    defaultHeader: description.header,
    encoding,
    absent,
    chain,
    verifySignal: description.verifySignal ?? [],
    companions: description.companions ?? [],
    decode(value): Decoded {
      if (value === '' || absent.includes(value)) return { is: 'absent' };
      if (value.length > LONGEST_VALUE) return { is: 'malformed', detail: 'it is too long' };
      const bare = description.mayBeQuoted === true ? withoutQuotes(value) : value;
      const decoded = ENCODINGS[encoding].decode(bare, limits);
      return decoded.ok
        ? { is: 'certificate', der: decoded.leaf, chain: decoded.chain }
        : { is: 'malformed', detail: decoded.detail };
    },
  };
}

function withoutQuotes(value: string): string {
  return value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
}
