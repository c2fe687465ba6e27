/** The 2,000 bytes that abort a process on Node 20 and 22, on every Node there is. */
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tally, times } from '../../support/soak.ts';
import { runNode } from './child.ts';

const REPEATS = times(200, 2_000);

/** The one that runs this, and those on the path. */
const NODES = [
  ...new Set(
    [process.execPath, ...(process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'node'))]
      .filter((file) => existsSync(file))
      .map((file) => realpathSync(file)),
  ),
];

let folder: string;
let bundle: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kt-poison-'));
  bundle = join(folder, 'check-document.cjs');
  const entry = new URL('../../../lib/policy/check-document.ts', import.meta.url).pathname;
  await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    outfile: bundle,
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SCRIPT = `
const { checkDocument } = require('./check-document.cjs');
const poison = new TextEncoder().encode('['.repeat(1000) + ']'.repeat(1000));
const good = new TextEncoder().encode('pack: {name: a, version: 1.0.0, enabled: true}\\npolicies: {chain: [rbac]}');
const seen = new Set();
for (let i = 0; i < ${REPEATS}; i++) seen.add(checkDocument(poison).findings.map(({ code }) => code).join() + ' ' + checkDocument(good).kind);
console.log(process.version, [...seen].join());
`;

describe('the document that aborts a process', () => {
  it.each(NODES)(
    'is refused, and the good one after it read, again and again in one process: %s',
    async (node) => {
      const script = join(folder, 'poison.cjs');
      writeFileSync(script, SCRIPT);
      const { status, signal, stdout, stderr } = await runNode([script], {
        megabytes: 128,
        seconds: 120,
        node,
      });
      const [version, ...seen] = stdout.trim().split(' ');
      expect({ status, signal, stderr, seen: seen.join(' ') }).toEqual({
        status: 0,
        signal: null,
        stderr: '',
        seen: 'E013 valid',
      });
      tally(`the document that aborts a process, Node ${version}`, {
        checked: REPEATS,
        aborts: status === 0 ? 0 : 1,
      });
    },
  );
});
