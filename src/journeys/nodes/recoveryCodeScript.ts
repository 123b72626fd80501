/**
 * The script that shows recovery codes in AM's own pages. SDKs read the codes out of it: each stands in a text of its own, at the beginning
 * of a line, with the line break that ends it.
 */
export function recoveryCodeScript(codes: readonly string[], deviceName: string): string {
  const html = [
    '<div class="panel panel-default">',
    '    <div class="panel-body text-center">',
    '        <h3>Your Recovery Codes</h3>',
    '        <h4>You must make a copy of these recovery codes. They cannot be displayed again.</h4>',
    '    </div>',
    ...codes.flatMap((code) => ['<div class="text-center">', escapeHtml(code), '</div>']),
    '    <div class="panel-body text-center">',
    '        <p>Use one of these codes to authenticate if you lose your device, which has been named:',
    `        <em>${escapeHtml(deviceName)}</em></p>`,
    '    </div>',
    '</div>',
  ];
  const texts = html.map((line) => `    ${JSON.stringify(`${line}\n`)}`).join(' +\n');
  return `var fields = document.getElementById("wrapper").getElementsByTagName("fieldset")[0];
fields.innerHTML =
${texts} +
    fields.innerHTML;
`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** JSON does the rest. Line separators would end a line of older scripts. */
function escapeHtml(text: string): string {
  return text
    .replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? '')
    .replaceAll(/[\p{Cc}\u2028\u2029]/gu, ' ');
}
