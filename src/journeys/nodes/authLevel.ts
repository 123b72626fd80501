import type { NodeState } from '../state/nodeState.ts';

/** The level the journey has reached; undefined if no node has set one. Text counts where SetStateNode wrote it. */
export function authLevelOf(state: Pick<NodeState, 'get'>): number | undefined {
  const value = state.get('authLevel');
  const level = typeof value === 'string' && /^-?\d{1,9}$/.test(value) ? Number(value) : value;
  return typeof level === 'number' && Number.isSafeInteger(level) ? level : undefined;
}
