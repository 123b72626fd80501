import { writeFileSync } from 'node:fs';
import { nodeDesignerFile } from './nodeDesignerFile.ts';
import { referencePages } from './referencePages.ts';

for (const [file, text] of Object.entries(referencePages())) {
  writeFileSync(new URL(`../docs/${file}`, import.meta.url), text);
}
writeFileSync(
  new URL('../integrations/ping/node-designer/intune-compliance.nodeTypes.json', import.meta.url),
  nodeDesignerFile(),
);
