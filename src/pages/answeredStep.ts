/** Most callbacks of one step. */
const MOST_CALLBACKS = 100;

/**
 * Pure: a form of the login page as the body that the authenticate protocol takes. Whatever it says is judged there, against what was
 * asked.
 */
export function answeredStep(form: URLSearchParams): {
  readonly authId: string;
  readonly callbacks: readonly object[];
} {
  const callbacks: object[] = [];
  for (let number = 1; number <= MOST_CALLBACKS; number += 1) {
    const type = form.get(`callback${number}`);
    if (type === null) break;
    const name = `IDToken${number}`;
    // A button that was pressed stands after what is sent without it.
    const value = form.getAll(name).at(-1);
    callbacks.push(value === undefined ? { type } : { type, input: [{ name, value }] });
  }
  return { authId: form.get('authId') ?? '', callbacks };
}
