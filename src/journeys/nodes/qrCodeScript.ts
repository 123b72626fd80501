/** The script with which AM's own pages draw a QR code into the element of the first callback. SDKs take the URI from beside it. */
export function qrCodeScript(uri: string): string {
  return `window.QRCodeReader.createCode({
    id: 'callback_0',
    text: '${escapeScript(uri)}',
    version: '20',
    code: 'L'
});`;
}

/** Whatever is not a letter or a digit, as JavaScript writes it in a text: it can end neither the text nor the script. */
function escapeScript(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9]/g, (unit) => {
    const hex = unit.charCodeAt(0).toString(16).toUpperCase();
    return hex.length <= 2 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`;
  });
}
