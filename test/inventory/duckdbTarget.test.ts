import { join } from 'node:path';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { rowsIn } from './inventoryHarness.ts';
import { targetContract } from './targetContract.ts';

const folder = temporaryFolder();
let files = 0;

targetContract('DuckDB', () => {
  files += 1;
  const file = join(folder, `${files}.duckdb`);
  return Promise.resolve({ settings: { kind: 'duckdb', file }, rows: (sql) => rowsIn(file, sql) });
});
