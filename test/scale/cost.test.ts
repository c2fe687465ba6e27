/** Cost: the tables of docs/cost.md are what is counted. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { measureFlows } from '../../bench/cost/flows.ts';
import { filledIn, tablesOf } from '../../bench/cost/tables.ts';

it('docs/cost.md says what `npm run cost` counts', async () => {
  const text = readFileSync(new URL('../../docs/cost.md', import.meta.url), 'utf8');
  expect(text, 'npm run cost -- --write').toBe(filledIn(text, tablesOf(await measureFlows())));
});
