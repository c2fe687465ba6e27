/** The audit log from the command line: the last events, those that come, and as a file. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../e2e/loop.ts';
import { decision, type SentDecision } from '../support/decisions.ts';
import { type KtOptions, runKt, spawnKt } from '../support/kt.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { policy } from '../support/world.ts';
import { startFakeApi } from './fake-api.ts';

let stack: TestStack;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kt-events-'));
  stack = await startTestStack();
  for (const id of ['a', 'b', 'c'])
    await stack.call('POST', '/v1/configurations', { id, name: id, policy_yaml: policy({ id }) });
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await stack.close();
});

const kt = (args: readonly string[], options: KtOptions = {}) =>
  runKt(args, { ...options, env: { KT_DATA_DIR: stack.dataDir, ...options.env } });

interface Event {
  readonly id: string;
  readonly type: string;
  readonly detail: Readonly<Record<string, unknown>>;
}
const parseLines = (text: string): Event[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
const all = async (query = ''): Promise<Event[]> =>
  (await stack.call('GET', `/v1/events?since=1h&limit=500${query}`)).body.data;

async function gateway() {
  const { body } = await stack.call('POST', '/v1/gateways', { name: 'gateway' });
  const { id, token } = body as { id: string; token: string };
  return {
    id,
    async send(...events: readonly SentDecision[]): Promise<void> {
      const { status } = await stack.call('POST', '/v1/events', { events }, token);
      expect(status).toBe(202);
    },
  };
}

/** The fan-out writes on its own time; what is compared must stand still. */
const settled = () => eventually(async () => (await all('&type=version.announced')).length >= 3);

describe('kt events tail', () => {
  it('prints the last events, oldest first, one line each, as the API has them', async () => {
    await settled();
    const expected = await all();
    for (const form of [['--json'], ['--format', 'json']]) {
      const { code, stdout, stderr } = await kt(['events', 'tail', ...form]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(parseLines(stdout)).toEqual(expected);
    }
    const two = await kt(['events', 'tail', '--json', '--limit', '2', '--since', '24h']);
    expect(parseLines(two.stdout)).toEqual(expected.slice(-2));
    const people = await kt(['events', 'tail', '--limit', '1', '--type', 'configuration.created']);
    expect(people.stdout).toMatch(/^\S+Z {2}configuration\.created {2}token:\w+ {2}c {2}.*\n$/);
  });

  it('prints those of a configuration or of a type', async () => {
    await settled();
    const some = await kt(['events', 'tail', '--json', '--configuration-id', 'b']);
    expect(parseLines(some.stdout)).toEqual(await all('&configuration_id=b'));
    const none = await kt(['events', 'tail', '--verdict', 'block']);
    expect(none).toEqual({ code: 0, stdout: '', stderr: 'Nothing happened since 1h.\n' });
    const wrong = await kt(['events', 'tail', '--type', 'nonsense']);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('type: ');
    expect(await kt(['events', 'tail', '--since', 'soon'])).toMatchObject({ code: 2, stdout: '' });
    expect(await kt(['events', 'tail', '--limit', '0'])).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('prints what gateways decided, by verdict and by gateway', async () => {
    const [one, other] = [await gateway(), await gateway()];
    for (const { send } of [one, other])
      await send(decision({ verdict: 'block', reason_code: 'pii.found' }), decision({ verdict: 'allow' }));
    const blocked = await kt(['events', 'tail', '--verdict', 'block', '--json']);
    expect(parseLines(blocked.stdout)).toEqual(await all('&verdict=block'));
    expect(parseLines(blocked.stdout)).toMatchObject([
      { gateway_id: one.id, event_type: 'decision', verdict: 'block', detail: { verdict: 'block' } },
      { gateway_id: other.id, event_type: 'decision', verdict: 'block', detail: { verdict: 'block' } },
    ]);
    const mine = await kt(['events', 'tail', '--type', 'decision', '--gateway-id', one.id, '--json']);
    expect(parseLines(mine.stdout)).toHaveLength(2);
    const people = await kt(['events', 'tail', '--verdict', 'block', '--limit', '1']);
    expect(people.stdout).toContain('verdict=block reason_code=pii.found');
    const wrong = await kt(['events', 'tail', '--verdict', 'maybe']);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('verdict: ');
  });

  it('looks no further back than it must', async () => {
    const event = { id: 'evt_1', type: 'x', at: new Date().toISOString(), actor: 'x', detail: {} };
    const api = await startFakeApi(({ path }) => ({
      status: 200,
      body: { data: path.includes('since=2m') ? [] : [event], next: null },
    }));
    const env = { KEEPTRUSTS_API_URL: api.url, KEEPTRUSTS_API_TOKEN: 'x' };
    const sinces = async (...args: readonly string[]) => {
      const before = api.requests.length;
      await runKt(['events', 'tail', ...args], { env });
      return api.requests.slice(before).map(({ path }) => /since=([^&]+)/.exec(path)?.[1]);
    };
    const asked = [
      await sinces('--limit', '1', '--since', '24h'),
      await sinces('--limit', '2', '--since', '24h'),
      await sinces('--limit', '2', '--since', '5m'),
      await sinces('--limit', '2', '--since', '1m'),
    ];
    await api.close();
    expect(asked).toEqual([['2m', '15m'], ['2m', '15m', '2h', '24h'], ['2m', '5m'], ['1m']]);
  });

  it('follows: every event once, in order, until it is interrupted', async () => {
    await settled();
    const { child, output } = spawnKt(['events', 'tail', '-f', '--json', '--limit', '1'], {
      env: { KT_DATA_DIR: stack.dataDir },
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    await eventually(async () => output.stdout.includes('\n'));
    const first = parseLines(output.stdout);
    expect(first).toEqual((await all()).slice(-1));
    for (const name of ['one', 'two', 'three'])
      await stack.call('POST', '/v1/tokens', { name, role: 'configurations_reader' });
    await eventually(async () => output.stdout.includes('"three"'));
    await stack.call('POST', '/v1/tokens', { name: 'four', role: 'configurations_reader' });
    await eventually(async () => output.stdout.includes('"four"'));
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(output.stderr).toBe('');
    const printed = parseLines(output.stdout);
    expect(printed.slice(1).map(({ detail }) => detail['name'])).toEqual(['one', 'two', 'three', 'four']);
    expect(printed).toEqual((await all()).slice(-5));
  });

  it('follows on after trouble, and ends when it may not look any more', async () => {
    const event = { type: 'token.created', at: new Date().toISOString(), actor: 'x', detail: {} };
    const page = (...ids: string[]) => ({
      status: 200,
      body: { data: ids.map((id) => ({ ...event, id })), next: null },
    });
    const api = await startFakeApi((_, count) => {
      if (count === 1) return page('evt_1');
      if (count <= 6) return { status: 503 };
      return count === 7 ? page('evt_1', 'evt_2') : { status: 401, body: { error: { message: 'revoked' } } };
    });
    const env = { KEEPTRUSTS_API_URL: api.url, KEEPTRUSTS_API_TOKEN: 'x' };
    const { code, stdout, stderr } = await runKt(['events', 'tail', '-f', '--json', '--limit', '1'], { env });
    await api.close();
    expect(parseLines(stdout).map(({ id }) => id)).toEqual(['evt_1', 'evt_2']);
    expect(stderr).toMatch(/^warning: the API answered 503.*; going on\nkt events tail: revoked\n/);
    expect(code).toBe(2);
  });

  it('ends quietly when nobody reads on', async () => {
    const { child, output } = spawnKt(['events', 'tail', '--json'], { env: { KT_DATA_DIR: stack.dataDir } });
    child.stdout.destroy();
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
    expect(output.stderr).toBe('');
  });
});

describe('kt export create', () => {
  it('writes the audit log of a time as JSON, whole or not at all', async () => {
    await settled();
    const file = join(folder, 'audit.json');
    const { code, stdout, stderr } = await kt(['export', 'create', '--since', '1h', '--output', file]);
    const expected = await all();
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toBe(`${expected.length} events written to ${file}.\n`);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(expected);
    expect(statSync(file).mode & 0o077).toBe(0);
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('writes the decisions with it, or without them, or those of a verdict alone', async () => {
    const { send } = await gateway();
    await send(decision({ verdict: 'redact' }), decision());
    const exported = async (...args: readonly string[]) =>
      JSON.parse((await kt(['export', 'create', '--since', '1h', ...args])).stdout);
    expect(await exported()).toEqual(await all());
    const audit = await exported('--type', 'audit-log');
    expect(audit).toEqual(await all('&type=audit'));
    expect(audit.length).toBeLessThan((await all()).length);
    expect(await exported('--verdict', 'redact')).toEqual(await all('&verdict=redact'));
  });

  it('writes it to standard output, with a beginning and an end', async () => {
    await settled();
    const expected = await all();
    const cut = expected[2] as Event & { at: string };
    const before = expected.filter((event) => (event as typeof cut).at < cut.at);
    const from = new Date(Date.now() - 3_600_000).toISOString();
    const window = ['--from', from, '--to', cut.at];
    const { code, stdout } = await kt(['export', 'create', ...window, '--type', 'events', '--output', '-']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(before);
    const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
    const empty = ['export', 'create', '--from', hoursAgo(3), '--to', hoursAgo(2)];
    const stderr = '0 events written to standard output.\n';
    expect(await kt(empty)).toEqual({ code: 0, stdout: '[]\n', stderr });
  });

  it('writes CSV that no spreadsheet runs', async () => {
    const name = '=HYPERLINK("http://evil.test","x")';
    await stack.call('POST', '/v1/tokens', { name, role: 'configurations_reader' });
    const { code, stdout } = await kt(['export', 'create', '--window', '1h', '--format', 'csv']);
    expect(code).toBe(0);
    const lines = stdout.split('\r\n');
    expect(lines[0]).toBe(
      'id,type,at,actor,configuration_id,version_id,link_id,gateway_id,request_id,detail',
    );
    expect(lines.at(-1)).toBe('');
    expect(lines).toHaveLength((await all()).length + 2);
    expect(lines.at(-2)).toMatch(/^evt_\w+,token\.created,.*"\{.*=HYPERLINK\(\\""http:/);
  });

  it('leaves what is there alone when the API fails half way', async () => {
    const file = join(folder, 'kept.json');
    writeFileSync(file, 'kept');
    const event = { id: 'evt_1', type: 'x', at: '2026-01-01T00:00:00Z', actor: 'x', detail: {} };
    const api = await startFakeApi((_, count) =>
      count === 1
        ? { status: 200, body: { data: [event] }, headers: { link: '</v1/events?cursor=x>; rel="next"' } }
        : { status: 400, body: { error: { message: 'cursor: is not one' } } },
    );
    const env = { KEEPTRUSTS_API_URL: api.url, KEEPTRUSTS_API_TOKEN: 'x' };
    const failed = await runKt(['export', 'create', '--output', file], { env });
    await api.close();
    expect(failed).toMatchObject({ code: 2, stdout: '' });
    expect(readFileSync(file, 'utf8')).toBe('kept');
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it.each<[string[], string]>([
    [['--format', 'pdf'], '--format: pdf is not written here; there are: json, csv'],
    [['--format', 'parquet'], '--format: parquet is not written here; there are: json, csv'],
    [['--type', 'traces'], '--type: traces is not kept here; there are: audit-log, events'],
    [['--since', '1h', '--window', '1h'], '--since and --window say the same: give one'],
    [['--from', 'yesterday'], '--from: is not a time'],
    [['--from', '2026-02-01', '--to', '2026-01-01'], '--to: is not after'],
    [
      ['--output', '/nonexistent/x.json'],
      '--output: /nonexistent/x.json cannot be written: there is no such directory',
    ],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await kt(['export', 'create', ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(existsSync('/nonexistent')).toBe(false);
  });
});

describe('kt doctor', () => {
  interface Report {
    readonly ok: boolean;
    readonly checks: readonly { readonly name: string; readonly status: string; readonly message: string }[];
  }
  const statusOf = ({ checks }: Report) =>
    Object.fromEntries(checks.map(({ name, status }) => [name, status]));

  it('finds all well with a running stack and a good document', async () => {
    const file = join(folder, 'policy-config.yaml');
    writeFileSync(file, policy());
    const { code, stdout, stderr } = await kt(['doctor', '--json', '--config', file]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const report: Report = JSON.parse(stdout);
    expect(report.ok).toBe(true);
    expect(statusOf(report)).toEqual({
      'api url': 'ok',
      'api token': 'ok',
      api: 'ok',
      'api ready': 'ok',
      clock: 'ok',
      token: 'ok',
      'state folder': 'ok',
      'local stack': 'ok',
      'policy file': 'ok',
    });
    expect(stdout).not.toContain(stack.adminToken.split('_').at(-1));
    const people = await kt(['doctor']);
    expect(people).toMatchObject({ code: 0, stderr: '' });
    expect(people.stdout).toMatch(/^ok {4}token: "local admin" \(\w+\), admin, for the organisation$/m);
  });

  it('says what is wrong, and what would help', async () => {
    const file = join(folder, 'bad.yaml');
    writeFileSync(file, policy().replace('spend-limit]', 'spend-limt]'));
    const env = { KEEPTRUSTS_API_TOKEN: 'kt_live_wrong' };
    const { code, stdout } = await kt(['doctor', '--config', file], { env });
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^fail {2}token: the token is not valid\n {6}The token comes from KEEPTRUSTS_API_TOKEN\.$/m,
    );
    expect(stdout).toMatch(
      /^fail {2}policy file: .*bad\.yaml has 1 error: E001 at 6:11: .*\n {6}kt policy lint --file/m,
    );
    const lost = await runKt(['doctor', '--json', '--config', join(folder, 'missing.yaml')], { cwd: folder });
    expect(lost.code).toBe(1);
    expect(statusOf(JSON.parse(lost.stdout))).toEqual({
      'api url': 'fail',
      'api token': 'fail',
      'state folder': 'ok',
      'local stack': 'ok',
      'policy file': 'fail',
    });
  });

  it('tells of a clock that is off, and of settings that cannot be read', async () => {
    const api = await startFakeApi(() => ({
      status: 200,
      body: { status: 'ok' },
      headers: { date: 'Thu, 01 Jan 2026 00:00:00 GMT' },
    }));
    const env = { KEEPTRUSTS_API_URL: api.url };
    const { stdout } = await runKt(['doctor'], { env, cwd: folder });
    await api.close();
    expect(stdout).toMatch(/^warn {2}clock: \d+ s ahead of that of the API$/m);
    writeFileSync(join(folder, 'config.json'), '{');
    const broken = await runKt(['doctor'], {
      env: { KEEPTRUSTS_CONFIG: join(folder, 'config.json') },
      cwd: folder,
    });
    expect(broken).toMatchObject({ code: 1, stderr: '' });
    expect(broken.stdout).toMatch(/^fail {2}settings: .*config\.json: is not JSON/m);
    expect(await runKt(['doctor', '--bogus'])).toMatchObject({ code: 2, stdout: '' });
  });
});
