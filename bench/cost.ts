/**
 * Cost: what each flow uses once, counted from the real adapters, and what that makes a month. `npm run cost` prints
 * the tables, `npm run cost -- --write` puts them into docs/cost.md.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { measureFlows } from './cost/flows.ts';
import { filledIn, tablesOf } from './cost/tables.ts';

const DOCUMENT = new URL('../docs/cost.md', import.meta.url);

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
const tables = tablesOf(await measureFlows());
for (const table of Object.values(tables)) console.log(`${table}\n`);
if (values.write) await writeFile(DOCUMENT, filledIn(await readFile(DOCUMENT, 'utf8'), tables));
