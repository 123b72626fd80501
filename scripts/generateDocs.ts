import { writeFileSync } from 'node:fs';
import { referencePages } from './referencePages.ts';

for (const [file, text] of Object.entries(referencePages())) {
  writeFileSync(new URL(`../docs/${file}`, import.meta.url), text);
}
