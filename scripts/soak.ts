/**
 * `npm run test:soak [-- --write] [files…]`: the tests that count, with their full counts, then a table of what they
 * counted. The seed is new each time and printed first; `SEED=…` takes one that was. `--write` puts the rows into
 * `docs/proof.md`, where each says of which commit it is; only of a run in which nothing failed.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Those that ask `test/support/soak.ts` how often. */
const SOAKED = [
  'test/model',
  'test/hostile',
  'test/scale',
  'test/contracts/dynamo',
  'test/local/iam',
  'test/policy/pre-scan',
];

const RECORD = 'docs/proof.md';
const BEGIN = '<!-- soak -->\n';
const END = '<!-- /soak -->';
const HEAD = '| part | run | counts |\n|---|---|---|\n';

const given = process.argv.slice(2).filter((argument) => argument !== '--write');
const folder = mkdtempSync(join(tmpdir(), 'kt-soak-'));
const tallies = join(folder, 'tallies.jsonl');
writeFileSync(tallies, '');
const seed = process.env['SEED'] ?? String(randomInt(2 ** 31));
console.log(`SEED=${seed}`);
const { status } = spawnSync('vitest', ['run', '--mode', 'soak', ...(given.length > 0 ? given : SOAKED)], {
  stdio: 'inherit',
  env: { ...process.env, SEED: seed, TALLIES: tallies },
});
const rows = rowsOf(readFileSync(tallies, 'utf8').split('\n').filter(Boolean));
rmSync(folder, { recursive: true, force: true });
console.log(`\n${HEAD}${[...rows.values()].join('')}`);
if (process.argv.includes('--write')) record();
process.exitCode = status ?? 1;

/** By part. */
function rowsOf(lines: readonly string[]): Map<string, string> {
  const run = `${new Date().toISOString().slice(0, 10)}, ${commit()}`;
  return new Map(
    lines.toSorted().map((line) => {
      const { part, ...counts } = JSON.parse(line) as { part: string };
      const words = Object.entries(counts).map(
        ([name, count]) => `${name}: ${name === 'seed' ? count : format(count)}`,
      );
      return [part, `| ${part} | ${run} | ${words.join(' · ')} |\n`];
    }),
  );
}

function commit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
  return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : ' with changes');
}

function format(count: unknown): string {
  return typeof count === 'number' && Number.isInteger(count) && count >= 10_000
    ? count.toLocaleString('en-US')
    : String(count);
}

function record(): void {
  if (status !== 0) {
    console.log(`Something failed: nothing was written to ${RECORD}.`);
    return;
  }
  const text = readFileSync(RECORD, 'utf8');
  const from = text.indexOf(BEGIN) + BEGIN.length;
  const to = text.indexOf(END);
  const known = text.slice(from, to).replace(HEAD, '').split('\n').filter(Boolean);
  const all = new Map(known.map((row) => [row.split(' | ')[0]?.slice(2) ?? '', `${row}\n`]));
  for (const [part, row] of rows) all.set(part, row);
  const table = [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  writeFileSync(RECORD, `${text.slice(0, from)}${HEAD}${table.join('')}${text.slice(to)}`);
}
