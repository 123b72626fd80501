import type { Finding } from '../finding.ts';
import type { Place } from '../journey.ts';
import { pointer, type JsonObject } from '../json.ts';

/** A JSON object and where it stood. */
export interface Piece {
  readonly value: JsonObject;
  readonly place: Place;
}

/** One tree, with the settings that came together with it. */
export interface TreePiece extends Piece {
  readonly name: string;
  /** Settings by node id, those of nodes in pages included. */
  readonly nodes: ReadonlyMap<string, Piece>;
}

/** What one file turned out to hold, whatever its layout. `assembleJourneys` puts the pieces of all files together. */
export interface Pieces {
  readonly trees: readonly TreePiece[];
  /** Settings of nodes that stand in files of their own, by node id. */
  readonly nodes: ReadonlyMap<string, Piece>;
  readonly scripts: ReadonlyMap<string, Piece>;
  readonly findings: readonly Finding[];
}

export const NO_PIECES: Pieces = { trees: [], nodes: new Map(), scripts: new Map(), findings: [] };

export function joinPieces(all: readonly Pieces[]): Pieces {
  return {
    trees: all.flatMap(({ trees }) => trees),
    nodes: new Map(all.flatMap(({ nodes }) => [...nodes])),
    scripts: new Map(all.flatMap(({ scripts }) => [...scripts])),
    findings: all.flatMap(({ findings }) => findings),
  };
}

/** A place further inside. */
export function within(place: Place, ...keys: readonly (string | number)[]): Place {
  return { file: place.file, path: pointer(place.path, ...keys) };
}
