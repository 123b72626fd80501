/** What is known already, or will be soon. Whoever is told at once goes on at once: most decisions are made without waiting. */
export type Soon<T> = T | Promise<T>;

/** Goes on with a value as soon as it is known. */
export function whenKnown<T, U>(value: Soon<T>, goOn: (value: T) => Soon<U>): Soon<U> {
  return value instanceof Promise ? value.then(goOn) : goOn(value);
}
