import type { Report, ReportSection } from './report.ts';

/** One page that loads nothing and runs nothing. Whatever came from a device is text in it. */
export function htmlReport(report: Report): string {
  const lastRun =
    report.lastRunAt === undefined
      ? 'never'
      : `${new Date(report.lastRunAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(report.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(report.title)}</h1>
<p>${report.devices} devices. Last good run: ${lastRun}. Made ${new Date(report.madeAt).toISOString().slice(0, 16).replace('T', ' ')} UTC.</p>
<main>
${report.sections.map(sectionHtml).join('\n')}
</main>
</body>
</html>
`;
}

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; color: #1c2733; background: #fff; }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(24rem, 1fr)); gap: 1.5rem; }
section { border: 1px solid #d5dce4; border-radius: 6px; padding: 1rem; overflow-x: auto; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin: 0 0 .5rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .2rem .6rem .2rem 0; border-bottom: 1px solid #eef1f4; vertical-align: top; }
td:last-child, th:last-child { text-align: right; } svg { width: 100%; height: auto; margin-bottom: .75rem; } svg text { font: 12px system-ui, sans-serif; fill: #1c2733; }
rect { fill: #2f6f9f; } p.note { color: #5b6875; }`;

function sectionHtml(section: ReportSection): string {
  const { title, columns, rows, note, isChart } = section;
  const row = (cells: readonly string[], tag: 'th' | 'td'): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  return `<section>
<h2>${escapeHtml(title)}</h2>
${isChart && rows.length > 0 ? chart(section) : ''}
${rows.length > 0 ? `<table><thead>${row(columns, 'th')}</thead><tbody>${rows.map((cells) => row(cells, 'td')).join('')}</tbody></table>` : ''}
${note === undefined ? '' : `<p class="note">${escapeHtml(note)}</p>`}
</section>`;
}

const BAR = 20;
const LABEL_WIDTH = 170;
const WIDTH = 480;
const MOST_BARS = 12;

/** Horizontal bars; the table below says the same in words. */
function chart({ title, rows }: ReportSection): string {
  const bars = rows
    .slice(0, MOST_BARS)
    .map(([label = '', ...rest]) => ({ label, value: Number(rest.at(-1) ?? 0) }));
  const largest = Math.max(1, ...bars.map(({ value }) => value));
  const height = bars.length * (BAR + 4);
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeHtml(title)}">${bars
    .map(({ label, value }, index) => {
      const y = index * (BAR + 4);
      const width = Math.max(1, Math.round((value / largest) * (WIDTH - LABEL_WIDTH - 60)));
      const short = Array.from(label).length > 26 ? `${Array.from(label).slice(0, 25).join('')}…` : label;
      return `<text x="0" y="${y + 15}">${escapeHtml(short)}</text><rect x="${LABEL_WIDTH}" y="${y}" width="${width}" height="${BAR}"></rect><text x="${LABEL_WIDTH + width + 6}" y="${y + 15}">${value}</text>`;
    })
    .join('')}</svg>`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
