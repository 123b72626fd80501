import { assert, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { html } from '../../src/pages/markup.ts';

describe('a template', () => {
  test('takes whatever is put into it for text, and nothing for nothing', () => {
    expect(html`<b title="${'"x"'}">${"<i>&'"}${undefined}${false}${0}</b>`.text).toBe(
      '<b title="&quot;x&quot;">&lt;i&gt;&amp;&#39;0</b>',
    );
  });

  test('takes templates as they are, alone or in lists', () => {
    const words = ['a<', 'b'].map((text) => html`<b>${text}</b>`);
    expect(html`<p>${words}</p>`.text).toBe('<p><b>a&lt;</b><b>b</b></p>');
  });

  test('shows no character that hides, or turns a line around', () => {
    expect(html`${'a\u0000b\u202ec\u2066d\u009be\nf'}`.text).toBe('abcde\nf');
  });

  test('never lets a text end a place or begin a tag', () => {
    assert(
      property(string({ unit: 'binary' }), (text) => {
        expect(html`${text}`.text).not.toMatch(/[<>"']/);
      }),
    );
  });
});
