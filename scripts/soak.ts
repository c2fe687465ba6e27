/** `npm run test:soak [files…]`: the tests that count, with their full counts, then a table of what they counted. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
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

const folder = mkdtempSync(join(tmpdir(), 'kt-soak-'));
const tallies = join(folder, 'tallies.jsonl');
const given = process.argv.slice(2);
const { status } = spawnSync('vitest', ['run', '--mode', 'soak', ...(given.length > 0 ? given : SOAKED)], {
  stdio: 'inherit',
  env: { ...process.env, TALLIES: tallies },
});
print();
rmSync(folder, { recursive: true, force: true });
process.exitCode = status ?? 1;

function print(): void {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const date = new Date().toISOString().slice(0, 10);
  console.log(`\n${date}, commit ${commit}, Node ${process.version}\n\n| part | counts |\n|---|---|`);
  for (const line of readTallies()) {
    const { part, ...counts } = JSON.parse(line) as { part: string };
    const words = Object.entries(counts).map(([name, count]) => `${name}: ${format(count)}`);
    console.log(`| ${part} | ${words.join(' · ')} |`);
  }
}

function readTallies(): string[] {
  try {
    return readFileSync(tallies, 'utf8').split('\n').filter(Boolean).sort();
  } catch {
    return [];
  }
}

function format(count: unknown): string {
  return typeof count === 'number' && Number.isInteger(count) && count >= 10_000
    ? count.toLocaleString('en-US')
    : String(count);
}
