/** `kt auth bootstrap`, as an operator runs it: a process with AWS credentials, and the table of a running stack. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamoTokens } from '../../lib/aws/dynamo-tokens.ts';
import { ROLES } from '../../lib/domain/token.ts';
import { createToken } from '../../lib/pipeline/manage/tokens.ts';
import { runKt } from '../support/kt.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

const TOKEN = /^kt_live_[0-9a-z]{16}_[0-9a-z]{52}\n$/;

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(() => stack.close());

function kt(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  return runKt(args, {
    env: {
      AWS_ENDPOINT_URL_DYNAMODB: stack.stack.endpoints.dynamodb,
      AWS_REGION: stack.stack.region,
      AWS_ACCESS_KEY_ID: 'operator',
      AWS_SECRET_ACCESS_KEY: 'operator',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_MAX_ATTEMPTS: '1',
      ...environment,
    },
  });
}

const bootstrap = (...more: string[]) => kt(['auth', 'bootstrap', '--table', stack.table, ...more]);

const tokensOf = ({ clients, table }: TestStack) => dynamoTokens({ client: clients.dynamodb, name: table });

/** The table as it is right after `cdk deploy`: nobody may do anything yet. */
async function revokeAll(): Promise<void> {
  const tokens = tokensOf(stack);
  for (const token of (await tokens.list(null, null)).items) {
    const event = { id: `evt_${token.id}`, at: new Date().toISOString(), detail: {} };
    await tokens.remove(token, { ...event, type: 'token.revoked', actor: 'test', team: 'org' });
  }
}

describe('kt auth bootstrap', () => {
  it('makes the first admin token, prints it once and alone, and the API takes it', async () => {
    await revokeAll();
    const { code, stdout, stderr } = await bootstrap('--name', 'ops', '--region', stack.stack.region);
    expect(stderr).toContain('keep it now');
    expect(code).toBe(0);
    expect(stdout).toMatch(TOKEN);
    expect(stderr).not.toContain(stdout.trim());

    const token = stdout.trim();
    const me = await stack.call('GET', '/v1/whoami', undefined, token);
    expect(me).toMatchObject({ status: 200, body: { name: 'ops', role: 'admin' } });
    const made = await stack.call('POST', '/v1/tokens', { name: 'ci', role: 'configurations_writer' }, token);
    expect(made.status).toBe(201);
    const events = await stack.call('GET', '/v1/events?type=token.created', undefined, token);
    expect(events.body.data.at(-2)).toMatchObject({ actor: 'kt auth bootstrap', detail: { name: 'ops' } });
    expect(JSON.stringify(events.body)).not.toContain(token.split('_').at(-1));
  });

  it('answers no, with 1, while there is an admin token; --force makes another', async () => {
    const refused = await bootstrap();
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('there is an admin token already: "ops"');
    expect(refused.stderr).toContain('--force');

    const forced = await bootstrap('--force');
    expect(forced).toMatchObject({ code: 0, stdout: expect.stringMatching(TOKEN) });
    const me = await stack.call('GET', '/v1/whoami', undefined, forced.stdout.trim());
    expect(me).toMatchObject({ status: 200, body: { name: 'first admin' } });
  });

  it('does not count tokens that have expired, belong to a team, or may not make tokens', async () => {
    await revokeAll();
    const ports = { tokens: tokensOf(stack), clock: { now: () => new Date() } };
    const caller = { actor: 'test', requestId: 'test' };
    const admin = { role: 'admin', permissions: ROLES.admin, team: null, expiresAt: null } as const;
    const writer = 'configurations_writer';
    const past = new Date(Date.now() - 1000);
    await createToken({ ...admin, name: 'expired', expiresAt: past }, caller, ports);
    await createToken({ ...admin, name: 'of a team', team: 'payments' }, caller, ports);
    await createToken({ ...admin, name: 'writer', role: writer, permissions: ROLES[writer] }, caller, ports);
    expect(await bootstrap()).toMatchObject({ code: 0, stdout: expect.stringMatching(TOKEN) });
  });

  it.each<[string, string[], Record<string, string>, RegExp]>([
    ['there is no such table', ['--table', 'nothing'], {}, /there is no table "nothing"/],
    [
      'there are no credentials',
      [],
      { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
      /did not accept or find credentials/,
    ],
    ['no region is known', [], { AWS_REGION: '' }, /which region\?.*--region/],
    [
      'nobody answers',
      [],
      { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9' },
      /could not be asked: .*ECONNREFUSED/,
    ],
  ])('cannot tell, with 2 and one line, when %s', async (_, args, environment, message) => {
    const table = args.length > 0 ? args : ['--table', stack.table];
    const { code, stdout, stderr } = await kt(['auth', 'bootstrap', ...table], environment);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('says how it is used: 2 for a mistake, 0 when asked', async () => {
    expect(await kt(['auth', 'bootstrap'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining("required option '--table <name>' not specified"),
    });
    expect(await kt(['auth', 'bootstrap', '--tabel', 'x'])).toMatchObject({ code: 2, stdout: '' });
    const lacking = await kt(['auth', 'bootstrap', '--table', '--force']);
    expect(lacking).toMatchObject({ code: 2, stdout: '' });
    expect(lacking.stderr).toContain(`'--table <name>' argument missing: "--force" begins with a hyphen`);
    expect(await kt(['bogus'])).toMatchObject({ code: 2, stdout: '' });
    const help = await kt(['auth', 'bootstrap', '--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain('Exit codes: 0 made, 1 there is an admin token already, 2 could not tell.');
  });
});
