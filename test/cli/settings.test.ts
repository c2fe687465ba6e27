/** Settings: which of the places has the say, what is shown of a token, and where one is never sent. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newSecret } from '../../lib/domain/token.ts';
import { runKt } from '../support/kt.ts';
import { startFakeApi } from './fake-api.ts';

let root: string;
let folder: string;
let made = 0;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'kt-settings-'));
});
beforeEach(() => {
  folder = join(root, String(++made));
  mkdirSync(folder);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const [FLAG, ENV, PROFILE, LOCAL] = Array.from({ length: 4 }, newSecret) as [Secret, Secret, Secret, Secret];
type Secret = ReturnType<typeof newSecret>;
const shown = ({ id }: Secret) => `kt_live_${id}_…`;

function profileFile(content: unknown, mode = 0o600): Record<string, string> {
  const file = join(folder, 'config.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  chmodSync(file, mode);
  return { KEEPTRUSTS_CONFIG: file };
}

function localFile(content: object, below = folder): string {
  mkdirSync(join(below, '.kt'), { recursive: true });
  const file = join(below, '.kt', 'local.json');
  writeFileSync(file, JSON.stringify(content), { mode: 0o600 });
  return file;
}

async function shownSettings(args: readonly string[], env: Record<string, string>, cwd = folder) {
  const { code, stdout, stderr } = await runKt(['config', 'show', '--json', ...args], { env, cwd });
  for (const { secret } of [FLAG, ENV, PROFILE, LOCAL]) expect(stdout + stderr).not.toContain(secret);
  expect(code, stderr).toBe(0);
  return { ...JSON.parse(stdout), stderr };
}

const env = { KEEPTRUSTS_API_URL: 'https://env.test', KEEPTRUSTS_API_TOKEN: ENV.text };
const profiles = {
  default_profile: 'prod',
  profiles: {
    prod: { api_url: 'https://prod.test/v0/', api_token: PROFILE.text },
    tokenless: { api_url: 'https://prod.test' },
  },
};

describe('settings', () => {
  it('come from flags before the environment, before the profile, before the local stack', async () => {
    const file = profileFile(profiles);
    const local = localFile({ url: 'http://127.0.0.1:7', admin_token: LOCAL.text, pid: process.pid });
    const flags = ['--api-url', 'https://flag.test', '--api-token', FLAG.text];
    expect(await shownSettings(flags, { ...file, ...env })).toMatchObject({
      api_url: { value: 'https://flag.test', source: '--api-url' },
      api_token: { value: shown(FLAG), source: '--api-token' },
    });
    expect(await shownSettings([], { ...file, ...env })).toMatchObject({
      api_url: { value: 'https://env.test', source: 'KEEPTRUSTS_API_URL' },
      api_token: { value: shown(ENV), source: 'KEEPTRUSTS_API_TOKEN' },
    });
    const source = `profile "prod" of ${file['KEEPTRUSTS_CONFIG']}`;
    expect(await shownSettings([], file)).toMatchObject({
      api_url: { value: 'https://prod.test/v0', source },
      api_token: { value: shown(PROFILE), source },
      profile: { value: 'prod', source: `default_profile of ${file['KEEPTRUSTS_CONFIG']}` },
    });
    expect(await shownSettings([], {})).toMatchObject({
      api_url: { value: 'http://127.0.0.1:7', source: `the local stack, ${local}` },
      api_token: { value: shown(LOCAL) },
      profile: null,
    });
  });

  it('take a profile that a flag names before the environment, and one the environment names after it', async () => {
    const file = profileFile(profiles);
    expect(await shownSettings(['--profile', 'prod'], { ...file, ...env })).toMatchObject({
      api_url: { value: 'https://prod.test/v0' },
      api_token: { value: shown(PROFILE) },
    });
    expect(await shownSettings([], { ...file, ...env, KEEPTRUSTS_PROFILE: 'tokenless' })).toMatchObject({
      api_url: { value: 'https://env.test' },
      profile: { value: 'tokenless', source: 'KEEPTRUSTS_PROFILE' },
    });
  });

  it('are read from the home of the user when nothing names a file', async () => {
    mkdirSync(join(folder, '.config', 'kt'), { recursive: true });
    writeFileSync(join(folder, '.config', 'kt', 'config.json'), JSON.stringify(profiles), { mode: 0o600 });
    expect(await shownSettings([], { HOME: folder })).toMatchObject({
      api_url: { value: 'https://prod.test/v0' },
    });
    const moved = { HOME: '/nonexistent', XDG_CONFIG_HOME: join(folder, '.config') };
    expect(await shownSettings([], moved)).toMatchObject({ api_url: { value: 'https://prod.test/v0' } });
  });

  it('find the local stack from a folder below it, and only while it runs, here, as a stack writes it', async () => {
    const below = join(folder, 'a', 'b');
    mkdirSync(below, { recursive: true });
    const good = { url: 'http://127.0.0.1:7', admin_token: LOCAL.text, pid: process.pid };
    localFile(good);
    expect(await shownSettings([], {}, below)).toMatchObject({ api_url: { value: good.url } });
    for (const [change, why] of [
      [{ pid: 2 ** 22 + 1 }, 'does not run'],
      [{ url: 'http://evil.test/' }, 'does not point at this machine'],
      [{ admin_token: 7 }, 'not what a local stack writes'],
    ] as const) {
      localFile({ ...good, ...change });
      const { api_url, api_token, stderr } = await shownSettings([], {}, below);
      expect({ api_url, api_token }).toEqual({ api_url: null, api_token: null });
      expect(stderr).toContain(why);
    }
  });

  it('find the local stack where KT_DATA_DIR says it is', async () => {
    const good = { url: 'http://127.0.0.1:7', admin_token: LOCAL.text, pid: process.pid };
    localFile(good);
    const found = await shownSettings([], { KT_DATA_DIR: join(folder, '.kt') }, tmpdir());
    expect(found).toMatchObject({ api_url: { value: good.url } });
  });

  it('keep a token that was set beside a URL from every other origin', async () => {
    const file = profileFile(profiles);
    const other = await shownSettings(['--api-url', 'https://other.test'], { ...file, ...env });
    expect(other).toMatchObject({ api_url: { value: 'https://other.test' }, api_token: null });
    expect(other.withheld_tokens).toEqual([
      { source: 'KEEPTRUSTS_API_TOKEN', origin: 'https://env.test' },
      { source: `profile "prod" of ${file['KEEPTRUSTS_CONFIG']}`, origin: 'https://prod.test' },
    ]);
    const same = await shownSettings(['--api-url', 'https://prod.test/other'], { ...file, ...env });
    expect(same.api_token).toMatchObject({ value: shown(PROFILE) });
    const alone = { KEEPTRUSTS_API_TOKEN: ENV.text };
    expect((await shownSettings(['--api-url', 'https://other.test'], alone)).api_token).toMatchObject({
      value: shown(ENV),
    });
  });

  it('never take the token of the local stack for a URL from elsewhere', async () => {
    localFile({ url: 'http://127.0.0.1:7', admin_token: LOCAL.text, pid: process.pid });
    expect(await shownSettings(['--api-url', 'http://127.0.0.1:7'], {})).toMatchObject({ api_token: null });
    expect(await shownSettings([], { KEEPTRUSTS_API_URL: 'https://env.test' })).toMatchObject({
      api_token: null,
    });
  });

  it.each<[string, unknown, string]>([
    ['is not JSON', '{"profiles": {\n  "a": {,', 'is not JSON, at line 2, column 9'],
    ['ends too early', '{"profiles": {', 'is not JSON'],
    ['is a list', [], 'must be an object in braces, not a list'],
    [
      'has a field that is not known',
      { profile: {} },
      '"profile" is not known here; did you mean "profiles"?',
    ],
    [
      'has a token that is a number',
      { default_profile: 'a', profiles: { a: { api_token: 7 } } },
      'profiles.a.api_token: must be a string, not a number',
    ],
    [
      'has a URL that is none',
      { default_profile: 'a', profiles: { a: { api_url: 'prod' } } },
      'profiles.a.api_url: is not an http:// or https:// URL',
    ],
    [
      'has no such profile',
      { default_profile: 'prd', profiles: profiles.profiles },
      'there is no profile "prd" in',
    ],
  ])('say with 2 what is wrong when the profile file %s', async (_, content, message) => {
    const { code, stdout, stderr } = await runKt(['config', 'show'], {
      env: profileFile(content),
      cwd: folder,
    });
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('never quote the profile file, which holds tokens', async () => {
    const broken = `{"profiles": {"a": {"api_token": "${PROFILE.text}" oops}}}`;
    const { code, stderr } = await runKt(['config', 'show'], { env: profileFile(broken), cwd: folder });
    expect(code).toBe(2);
    expect(stderr).toContain('is not JSON, at line 1');
    expect(stderr).not.toContain(PROFILE.secret);
  });

  it('name the nearest profile', async () => {
    const options = { env: profileFile(profiles), cwd: folder };
    const { code, stderr } = await runKt(['--profile', 'prd', 'config', 'show'], options);
    expect(code).toBe(2);
    expect(stderr).toContain('did you mean "prod"?');
    const nothing = await runKt(['--profile', 'prod', 'config', 'show'], { cwd: folder });
    expect(nothing.stderr).toContain(
      'there is no profile "prod": no file /nonexistent/.config/kt/config.json',
    );
  });

  it('warn when others may read a file with a token', async () => {
    const { stderr } = await shownSettings([], profileFile(profiles, 0o644));
    expect(stderr).toContain('others may read it: chmod 600');
    const { stderr: quiet } = await shownSettings([], profileFile(profiles));
    expect(quiet).toBe('');
  });

  it.each([
    ['--api-url', 'ftp://x', '--api-url: is not an http:// or https:// URL'],
    ['--api-url', 'https://a:secretpw@x.test', '--api-url: holds credentials'],
    ['--api-url', 'https://x.test/?a=secretpw', '--api-url: holds a query or a fragment'],
    ['--api-token', 'two words', '--api-token: is not a token (9 characters)'],
    ['--request-timeout', '0', 'It is a whole number from 1 to 3600'],
  ])('refuse %s %s', async (flag, value, message) => {
    const { code, stdout, stderr } = await runKt(['config', 'show', flag, value], { cwd: folder });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('secretpw');
  });

  it('show themselves as a table, with a token of another kind only as set', async () => {
    const args = ['config', 'show', '--api-url', 'https://x.test', '--api-token', 'opaque-canary'];
    const { code, stdout, stderr } = await runKt(args, { cwd: folder });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^SETTING +VALUE +FROM\napi_url +https:\/\/x\.test +--api-url\napi_token +set +--api-token\n/,
    );
    expect(stdout).not.toContain('canary');
  });
});

describe('a token', () => {
  it('is not sent over http:// to another machine, unless that is asked for', async () => {
    const env = { KEEPTRUSTS_API_URL: 'http://api.invalid', KEEPTRUSTS_API_TOKEN: ENV.text };
    const refused = await runKt(['auth', 'whoami'], { env, cwd: folder });
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain(
      'http://api.invalid is not https://: anybody on the way could read the token',
    );
    expect(refused.stderr).toContain('--insecure');
    const asked = await runKt(['auth', 'whoami', '--insecure'], { env, cwd: folder });
    expect(asked.stderr).toContain('cannot connect to http://api.invalid');
  });

  it('does not go along to where the API redirects, if that is another origin', async () => {
    const other = await startFakeApi(() => ({ status: 200, body: {} }));
    const api = await startFakeApi(() => ({ status: 302, headers: { location: `${other.url}/v1/whoami` } }));
    const env = { KEEPTRUSTS_API_URL: api.url, KEEPTRUSTS_API_TOKEN: ENV.text };
    const { code, stderr } = await runKt(['auth', 'whoami'], { env, cwd: folder });
    await Promise.all([api.close(), other.close()]);
    expect(code).toBe(2);
    expect(stderr).toContain(`the API redirects to ${other.url}; the token was not sent there`);
    expect(other.requests).toEqual([]);
    expect(api.requests[0]?.headers['authorization']).toBe(`Bearer ${ENV.text}`);
  });
});

describe('a command that needs no API', () => {
  const LISTING = fileURLToPath(new URL('../support/loaded-modules.ts', import.meta.url));

  it.each([[['--version']], [['config', 'show']], [['completion', 'bash']], [['repo', 'link', '--help']]])(
    'loads neither the AWS SDK nor zod nor the policy code: kt %j',
    async (args) => {
      const list = join(folder, 'loaded');
      const { code } = await runKt(args, {
        cwd: folder,
        env: { LOADED_MODULES: list },
        node: ['--import', LISTING],
      });
      expect(code).toBe(0);
      const loaded = readFileSync(list, 'utf8').split('\n');
      expect(loaded.some((url) => url.includes('commander'))).toBe(true);
      // `nearest.ts` is a page of text comparison; what is heavy is the schema and the parser.
      const heavy = /@aws-sdk|@smithy|\/zod\/|\/yaml\/|api-client/;
      const ours = new URL('../../lib/', import.meta.url).href;
      const isHeavy = (url: string) =>
        heavy.test(url) || (url.startsWith(ours) && !url.endsWith('/policy/nearest.ts'));
      expect(loaded.filter(isHeavy)).toEqual([]);
    },
  );

  it('ends with 2 when it fails by a fault of its own: 1 would be an answer', () => {
    const gone = 'mkdir gone && cd gone && rmdir ../gone && exec "$0" "$1" config show';
    const kt = fileURLToPath(new URL('../../cli/kt.ts', import.meta.url));
    const { status, stdout, stderr } = spawnSync('bash', ['-c', gone, process.execPath, kt], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('kt: this should not have happened: Error: ENOENT');
  });

  it('prints the version of the package', async () => {
    const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await runKt(['--version'])).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
  });

  it('says what a command of a group does, and that there is none of that name', async () => {
    const { stdout } = await runKt(['policy', 'lint', '--help']);
    expect(await runKt(['help', 'policy', 'lint'])).toEqual({ code: 0, stdout, stderr: '' });
    expect(stdout).not.toContain('[]');
    expect(await runKt(['help', 'policy', 'lnit'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining("unknown command 'lnit'"),
    });
  });

  it('prints help when nothing is asked, and the nearest name when something unknown is', async () => {
    const help = await runKt([]);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain('Usage: kt');
    for (const [args, hint] of [
      [['rep'], 'Did you mean repo?'],
      [['repo', 'lst'], 'Did you mean list?'],
      [['repo', 'list', '--jsn'], 'Did you mean --json?'],
    ] as const) {
      const { code, stdout, stderr } = await runKt(args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(hint);
    }
    expect((await runKt(['repo'])).code).toBe(2);
  });
});
