/**
 * Prints how well the detectors do: `npm run detectors`. `-- --mistakes [DETECTOR]` adds every text that was judged wrongly;
 * `-- --record` writes the counts to `figures.json`, against which a test compares, and the table to `docs/detectors.md`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DETECTORS, escaped } from './corpus.ts';
import { measuredFigures, recordFigures, tableOf } from './figures.ts';
import { measure } from './measure.ts';
import { withTable } from './page.ts';

const { values, positionals } = parseArgs({
  options: { mistakes: { type: 'boolean' }, record: { type: 'boolean' } },
  allowPositionals: true,
});
const figures = measuredFigures();
console.log(tableOf(figures));
if (values.mistakes)
  for (const detector of DETECTORS.filter((name) => positionals.length === 0 || positionals.includes(name)))
    for (const { positive, part, label, parts, at } of measure(detector).mistakes)
      console.log(
        [at, part, positive ? 'missed' : 'wrong', label ?? '-', parts.map(escaped).join(' => ')].join('\t'),
      );
if (values.record) {
  recordFigures(figures);
  const page = join(import.meta.dirname, '../../../docs/detectors.md');
  writeFileSync(page, withTable(readFileSync(page, 'utf8'), tableOf(figures)));
}
