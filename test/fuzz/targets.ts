import type { FuzzTarget } from './fuzzTarget.ts';
import { asn1 } from './targets/asn1.ts';
import { decoders } from './targets/decoders.ts';
import { path } from './targets/path.ts';
import { xfcc } from './targets/xfcc.ts';

export const FUZZ_TARGETS: readonly FuzzTarget[] = [decoders, asn1, xfcc, path];
