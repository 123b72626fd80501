/** Counts who is inside, and lets in no more than a given number. */
export interface Admission {
  /** Takes a place. Returns what gives it back, to be called once; undefined if there is no place. */
  enter(): (() => void) | undefined;
  readonly places: number;
  /** How many of the places are taken. */
  readonly taken: number;
}

export function createAdmission(places: number): Admission {
  let taken = 0;
  return {
    places,
    get taken() {
      return taken;
    },
    enter() {
      if (taken >= places) return undefined;
      taken += 1;
      return () => {
        taken -= 1;
      };
    },
  };
}
