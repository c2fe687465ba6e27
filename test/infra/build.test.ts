/** The build: five functions in, five bundles out that run by themselves. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { buildFunctions } from '../../scripts/build.ts';
import { FUNCTIONS, temporaryFolder } from './template.ts';

const run = promisify(execFile);

function sources(code: (name: string) => string, folder = temporaryFolder()): string {
  for (const name of FUNCTIONS) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'index.ts'), code(name));
  }
  return folder;
}

/** What the handler returns in a process of its own, far from the project: a bundle must have everything in it. */
async function answer(outdir: string, name: string): Promise<unknown> {
  const away = temporaryFolder();
  cpSync(join(outdir, name), away, { recursive: true });
  const code =
    "const { handler } = await import('./index.mjs'); console.log(JSON.stringify(await handler()))";
  const node = await run(process.execPath, ['--input-type=module', '--eval', code], { cwd: away, env: {} });
  return JSON.parse(node.stdout);
}

describe('buildFunctions', () => {
  it('gives the SSH library to the function that reads repositories, and to no other', async () => {
    const outdir = temporaryFolder();
    await buildFunctions(outdir);
    const holds = (name: string) =>
      readFileSync(join(outdir, name, 'index.mjs'), 'utf8').includes('SSH-2.0-');
    expect(FUNCTIONS.filter(holds)).toEqual(['sync']);
  });

  it('makes one module of each function and reports its bytes', async () => {
    const outdir = temporaryFolder();
    const sizes = await buildFunctions(outdir, {
      sources: sources((name) => `export const handler = async (): Promise<string> => '${name}';`),
    });
    for (const name of FUNCTIONS) {
      expect(await answer(outdir, name)).toBe(name);
      expect(sizes[name]).toBe(readFileSync(join(outdir, name, 'index.mjs')).byteLength);
    }
  });

  it('makes the same bytes of the same sources, so that nothing is deployed that did not change', async () => {
    const folder = sources((name) => `export const handler = async () => '${name}';`);
    const outdir = temporaryFolder();
    const read = () => FUNCTIONS.map((name) => readFileSync(join(outdir, name, 'index.mjs'), 'utf8'));
    await buildFunctions(outdir, { sources: folder });
    const first = read();
    await buildFunctions(outdir, { sources: folder });
    expect(read()).toEqual(first);
  });

  it('lets bundled CommonJS require what Node has', async () => {
    const folder = sources(() => "import os from './cjs.cjs'; export const handler = async () => os();");
    for (const name of FUNCTIONS)
      writeFileSync(
        join(folder, name, 'cjs.cjs'),
        "module.exports = () => { const x = 'os'; return require(x).EOL + typeof require('node:fs').readFileSync; };",
      );
    const outdir = temporaryFolder();
    await buildFunctions(outdir, { sources: folder });
    expect(await answer(outdir, 'sync')).toBe('\nfunction');
  });

  it('leaves native modules out, so that packages take their fallback', async () => {
    const folder = sources(
      () => `
        let native = true;
        try { require('./fast.node'); } catch { native = false; }
        export const handler = async () => native;
      `,
    );
    for (const name of FUNCTIONS) writeFileSync(join(folder, name, 'fast.node'), 'built for this machine');
    const outdir = temporaryFolder();
    await buildFunctions(outdir, { sources: folder });
    expect(await answer(outdir, 'sync')).toBe(false);
  });

  it('fits the three AWS clients, shaken, and nothing that signs in', async () => {
    // Inside the project, to find its packages.
    const folder = mkdtempSync(join(import.meta.dirname, '../../node_modules/.kt-build-'));
    const outdir = temporaryFolder();
    const code = `
      import { DynamoDBClient, GetItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
      import { SQSClient, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
      import { KMSClient, DecryptCommand } from '@aws-sdk/client-kms';
      const commands = [QueryCommand, UpdateItemCommand, SendMessageBatchCommand, DecryptCommand];
      const clients = [SQSClient, KMSClient].map((Client) => new Client({ region: 'eu-west-1' }));
      const table = new DynamoDBClient({ region: 'eu-west-1' });
      export const handler = () =>
        table.send(new GetItemCommand({ TableName: 't', Key: {} })).catch((error) => [commands.length, clients.length, error.message]);
    `;
    try {
      const sizes = await buildFunctions(outdir, { sources: sources(() => code, folder) });
      expect(sizes.webhook).toBeLessThan(300 * 1024);
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect(await answer(outdir, 'webhook')).toEqual([
      4,
      2,
      'no credentials in the environment, and functions look nowhere else',
    ]);
  });

  it('refuses a webhook over its limit and says what weighs most', async () => {
    const big = sources((name) => `export const handler = async () => '${name.repeat(400)}';`);
    const build = buildFunctions(temporaryFolder(), { sources: big, limits: { webhook: 1024 } });
    await expect(build).rejects.toThrow(/^webhook: .* is over 1\.0 KB; own code/);
  });
});
