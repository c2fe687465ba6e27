/** `kt` as a package: packed, installed without a network into an empty folder, and run from there. */
import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { buildKt } from '../../scripts/build-kt.ts';
import { policy } from '../support/world.ts';

type Outputs = Awaited<ReturnType<typeof buildKt>>['outputs'];

const run = promisify(execFile);
let folder: string;
let outputs: Outputs;
let installed: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kt-package-'));
  ({ outputs } = await buildKt(join(folder, 'kt')));
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder };
  const npm = (...args: string[]) =>
    run('npm', [...args, '--cache', join(folder, 'cache')], { cwd: folder, env });
  await npm('pack', './kt');
  // Where `npm run pack:kt` puts it, and named as the documentation does: npm takes some paths for repositories.
  mkdirSync(join(folder, 'dist'));
  const tarball = `kt-gitops-${manifest.version}.tgz`;
  renameSync(join(folder, tarball), join(folder, 'dist', tarball));
  const [, printed = ''] = /npm install -g (\S+\.tgz)/.exec(readFileSync('docs/cli.md', 'utf8')) ?? [];
  await npm(
    'install',
    '--global',
    '--prefix',
    join(folder, 'prefix'),
    '--offline',
    '--no-audit',
    '--no-fund',
    printed.replace('*', manifest.version),
  );
  installed = join(folder, 'prefix', 'bin', 'kt');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The Node that runs the tests, and any other on the path that `kt` promises to run on. */
async function nodes(): Promise<readonly string[]> {
  const found = new Map([[process.version, process.execPath]]);
  for (const place of (process.env['PATH'] ?? '').split(delimiter)) {
    const node = join(place, 'node');
    if (!existsSync(node)) continue;
    const version = (await run(node, ['--version'])).stdout.trim();
    const [major = 0, minor = 0] = version.slice(1).split('.').map(Number);
    if ((major > 20 || (major === 20 && minor >= 19)) && !found.has(version)) found.set(version, node);
  }
  return [...found.values()];
}

async function kt(node: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const options = { cwd: folder, env: { PATH: process.env['PATH'] ?? '', HOME: folder, ...env } };
  return run(node, [installed, ...args], options).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

describe('kt, installed', () => {
  it('runs by its name', async () => {
    const { stdout } = await run(installed, ['--version'], { env: { PATH: process.env['PATH'] ?? '' } });
    expect(stdout).toBe(`${manifest.version}\n`);
  });

  it('lints, on every Node that is here', async () => {
    writeFileSync(join(folder, 'good.yaml'), policy());
    writeFileSync(join(folder, 'bad.yaml'), policy().replace('spend-limit', 'spend-limitt'));
    for (const node of await nodes()) {
      expect(await kt(node, ['--version'])).toMatchObject({ code: 0, stdout: `${manifest.version}\n` });
      expect(await kt(node, ['policy', 'lint', 'good.yaml'])).toMatchObject({ code: 0, stderr: '' });
      const bad = await kt(node, ['policy', 'lint', '--json', 'bad.yaml']);
      expect({ code: bad.code, codes: JSON.parse(bad.stdout).errors.length > 0 }).toEqual({
        code: 1,
        codes: true,
      });
      const template = join(`on-${node.length}-${node.replaceAll(/\W/g, '')}`);
      expect(await kt(node, ['init', template])).toMatchObject({ code: 0 });
      expect(await kt(node, ['policy', 'lint', '--strict', template])).toMatchObject({ code: 0 });
      expect(await kt(node, ['policy', 'test', '--json', '--pack-dir', template])).toMatchObject({ code: 0 });
      expect(await kt(node, ['policy', 'diff', 'good.yaml', 'bad.yaml'])).toMatchObject({ code: 1 });
    }
  });

  it('lints without compiling functions from text, which takes longer than it saves', async () => {
    const tell =
      'const F = Function; globalThis.Function = new Proxy(F, { construct(_, text) { throw console.error("compiled", text); } });';
    writeFileSync(join(folder, 'tell.mjs'), tell);
    const env = { NODE_OPTIONS: `--import=${join(folder, 'tell.mjs')}` };
    expect(await kt(process.execPath, ['policy', 'lint', 'good.yaml'], env)).toMatchObject({
      code: 0,
      stderr: '',
    });
  });

  it('speaks to the API, on every Node that is here', async () => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.headers.authorization);
      response.setHeader('content-type', 'application/json').end('{"data":[]}');
    }).listen(0, '127.0.0.1');
    try {
      await new Promise((resolve) => server.once('listening', resolve));
      const { port } = server.address() as AddressInfo;
      const env = { KEEPTRUSTS_API_URL: `http://127.0.0.1:${port}`, KEEPTRUSTS_API_TOKEN: 'kt_live_test' };
      for (const node of await nodes()) {
        const listed = await kt(node, ['configuration', 'list', '--json'], env);
        expect(listed).toMatchObject({ code: 0, stdout: expect.stringContaining('"data"') });
      }
      expect(new Set(asked)).toEqual(new Set(['Bearer kt_live_test']));
    } finally {
      server.close();
    }
  });

  it('loads the rest when it is needed, as for AWS', async () => {
    for (const node of await nodes()) {
      const env = {
        AWS_REGION: 'us-east-1',
        AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1',
        AWS_MAX_ATTEMPTS: '1',
      };
      const credentials = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
      const { code, stderr } = await kt(node, ['auth', 'bootstrap', '--table', 'kt'], {
        ...env,
        ...credentials,
      });
      expect({ code, stderr }).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('the table "kt" could not be asked'),
      });
    }
  });
});

describe('the package', () => {
  it('needs nothing else, says under which licenses it comes, and for which Node it is', () => {
    const { dependencies, bin, engines, version, license } = JSON.parse(
      readFileSync(join(folder, 'kt/package.json'), 'utf8'),
    );
    expect({ dependencies, bin, engines, version, license }).toEqual({
      dependencies: undefined,
      bin: { kt: 'kt.mjs' },
      engines: manifest.engines,
      version: manifest.version,
      license: manifest.license,
    });
    const files = readdirSync(join(folder, 'prefix/lib/node_modules/kt-gitops'));
    expect(files).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'THIRD-PARTY-LICENSES.txt', 'kt.mjs']),
    );
    const licenses = readFileSync(join(folder, 'kt/THIRD-PARTY-LICENSES.txt'), 'utf8');
    for (const name of ['commander', 'yaml', 'zod'])
      expect(licenses).toMatch(new RegExp(`^${name} \\d`, 'm'));
  });

  /** Every source in the files that are loaded when these are. */
  function sourcesOf(...entries: readonly RegExp[]): readonly string[] {
    const files = Object.keys(outputs);
    const pending = entries.flatMap((entry) => files.filter((file) => entry.test(file)));
    expect(pending.length).toBeGreaterThanOrEqual(entries.length);
    const seen = new Set(pending);
    for (const file of seen) {
      for (const { path, kind } of outputs[file]?.imports ?? [])
        if (kind === 'import-statement' && outputs[path]) seen.add(path);
    }
    return [...seen].flatMap((file) => Object.keys(outputs[file]?.inputs ?? {}));
  }

  /** What runs first only says where Node keeps what it has compiled. */
  const START = [/\/kt\.mjs$/, /\/chunks\/run-[A-Z0-9]{8}\.mjs$/];
  const HEAVY =
    /@aws-sdk|@smithy|aws-cdk|fauxqs|hono|lib\/(api|aws|pipeline|git)\/|^(local|infra|functions)\//;

  it('starts without anything that a command may need', () => {
    const sources = sourcesOf(...START);
    expect(sources).toContain('cli/program.ts');
    expect(sources.filter((source) => HEAVY.test(source))).toEqual([]);
    expect(sources.filter((source) => /node_modules\/(zod|yaml|re2js)\//.test(source))).toEqual([]);
  });

  it('lints without the SDK, the server and the client of the API', () => {
    const sources = sourcesOf(...START, /\/run-lint-\w+\.mjs$/);
    expect(sources).toContain('lib/policy/check-document.ts');
    expect(sources.filter((source) => HEAVY.test(source))).toEqual([]);
    expect(sources).not.toContain('cli/api-client.ts');
    expect(sources.filter((source) => source.startsWith('gateway/'))).toEqual([]);
  });
});
