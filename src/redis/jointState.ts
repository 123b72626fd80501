import type { LinkHealthOptions, LinkState } from './linkHealth.ts';

type OnChange = LinkHealthOptions['onChange'];

const FROM_WORST: readonly LinkState[] = ['away', 'slow', 'refusing', 'up'];

/** Several connections as if they were one: it is as well as the worst of them. Each gets its own function to tell its state to. */
export function createJointState(onChange: OnChange): () => OnChange {
  const parts: { state: LinkState; code: string }[] = [];
  let told = '';
  return () => {
    const part: { state: LinkState; code: string } = { state: 'away', code: '' };
    parts.push(part);
    return (state, code) => {
      part.state = state;
      part.code = code;
      const worst = FROM_WORST.map((one) => parts.find((each) => each.state === one)).find(
        (one) => one !== undefined,
      );
      // One that was never connected has no cause yet, and is no news.
      if (worst === undefined || (worst.state !== 'up' && worst.code === '')) return;
      const telling = `${worst.state} ${worst.code}`;
      if (telling === told) return;
      told = telling;
      onChange(worst.state, worst.code);
    };
  };
}
