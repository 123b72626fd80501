import { ENCODINGS, type EncodingName } from '../encodings/encodings.ts';
import type { ForwardedFormat } from '../forwardedFormat.ts';
import { defineFormat } from './defineFormat.ts';

/** For a proxy that is not listed: the operator names header and encoding. Only an empty value means "no certificate". */
export function genericFormat(encoding: EncodingName): ForwardedFormat {
  return defineFormat({
    name: 'generic',
    title: `any proxy: ${ENCODINGS[encoding].title}`,
    header: undefined,
    encoding,
  });
}
