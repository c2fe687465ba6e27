/** `kt gateway create --state-dir` and `kt gateway agent`, as an operator runs them against a running stack. */
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runKt, spawnKt } from '../../support/kt.ts';
import { startTestStack, type TestStack } from '../../support/stack.ts';
import { policy } from '../../support/world.ts';
import { type FakeGateway, startFakeGateway } from './fake-gateway.ts';

let stack: TestStack;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kt-agent-command-'));
  stack = await startTestStack();
});
afterAll(async () => {
  await stack.close();
  rmSync(folder, { recursive: true, force: true });
});

const running: ReturnType<typeof spawnKt>[] = [];
const gateways: FakeGateway[] = [];
afterEach(async () => {
  for (const { child } of running.splice(0)) child.kill('SIGKILL');
  for (const gateway of gateways.splice(0)) await gateway.close();
});

const env = () => ({ KEEPTRUSTS_API_URL: stack.url, KEEPTRUSTS_API_TOKEN: stack.adminToken });
const kt = (...args: string[]) => runKt(args, { env: env(), cwd: folder });

async function configured(id: string, limit = 1): Promise<void> {
  const wish = { id, name: id, policy_yaml: policy({ id, limit }) };
  expect((await stack.call('POST', '/v1/configurations', wish)).status).toBe(201);
}
const publish = (id: string, limit: number) =>
  stack.call('PATCH', `/v1/configurations/${id}`, { policy_yaml: policy({ id, limit }) });

/** With a folder of its own. */
async function created(id: string) {
  const { code, stdout, stderr } = await kt(
    'gateway',
    'create',
    '--json',
    '--name',
    id,
    '--configuration-id',
    id,
    '--state-dir',
    id,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as { id: string; queue_url: string; state_dir: string };
}

async function agentOf(
  id: string,
  more: readonly string[] = [],
  over: Readonly<Record<string, string>> = {},
) {
  const file = join(folder, `${id}.yaml`);
  const gateway = await startFakeGateway(file);
  gateways.push(gateway);
  const args = [
    'gateway',
    'agent',
    '--state-dir',
    id,
    '--write',
    file,
    '--reload-url',
    gateway.reloadUrl,
    ...more,
  ];
  const agent = spawnKt(args, { cwd: folder, env: over });
  running.push(agent);
  return { ...agent, file, gateway };
}

const convergence = async (id: string, passes: (body: { converged: boolean }) => boolean) =>
  (await stack.until(`/v1/configurations/${id}/convergence`, passes)).body;

async function stopped({ child }: { child: ReturnType<typeof spawnKt>['child'] }): Promise<number | null> {
  child.kill('SIGTERM');
  const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode];
  return code;
}

describe('kt gateway agent', () => {
  it('brings a published version into the gateway by a message, with a signed receipt, and ends when it is told to', async () => {
    await configured('loop');
    const { id } = await created('loop');
    const agent = await agentOf('loop', ['--reconcile-interval', '1h']);
    await convergence('loop', ({ converged }) => converged);

    await publish('loop', 2);
    const after = await convergence('loop', ({ converged }) => converged);
    expect(after).toMatchObject({
      converged: true,
      number: 2,
      gateways: [{ id, state: 'converged', proof: 'receipt' }],
    });
    expect(readFileSync(agent.file, 'utf8')).toBe(policy({ id: 'loop', limit: 2 }));
    expect(agent.gateway.now.running).toBe(after.content_hash);
    expect(agent.output.stderr).toContain('"fact":"reload.received"');
    const reported = await stack.until(`/v1/gateways/${id}`, (body) => body.reported?.health === 'healthy');
    expect(reported.body.reported).toMatchObject({
      content_hash: after.content_hash,
      sequence: after.sequence,
    });

    expect(await stopped(agent)).toBe(0);
    expect(agent.output.stdout).toBe('');
    const facts = agent.output.stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(facts.at(-1)).toMatchObject({ fact: 'agent.stopped', gateway: id });
    expect(existsSync(join(folder, 'loop', 'gateway-agent.lock'))).toBe(false);
  });

  it('goes on when nobody reads its log any more', async () => {
    await configured('unread');
    await created('unread');
    const agent = await agentOf('unread');
    agent.child.stderr.destroy();
    await convergence('unread', ({ converged }) => converged);
    expect(agent.child.exitCode).toBe(null);
    expect(await stopped(agent)).toBe(0);
  });

  it('goes on by its timer when its queue is deleted, and is not moved by forged messages', async () => {
    await configured('queueless');
    const { queue_url: QueueUrl } = await created('queueless');
    const forged = {
      type: 'reload',
      manifest: {
        configuration_id: 'queueless',
        version_id: 'v',
        number: 9,
        sequence: 99,
        content_hash: 'f'.repeat(64),
        commit: null,
        issued_at: 'now',
      },
      signature: { kid: 'made up', alg: 'ES256', value: 'A'.repeat(86) },
    };
    await stack.clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(forged) }));
    const agent = await agentOf('queueless', ['--reconcile-interval', '300ms']);
    await convergence('queueless', ({ converged }) => converged);
    await stack.clients.sqs.send(new DeleteQueueCommand({ QueueUrl }));
    await publish('queueless', 2);
    await convergence('queueless', ({ converged }) => converged);
    expect(readFileSync(agent.file, 'utf8')).toBe(policy({ id: 'queueless', limit: 2 }));
    expect(agent.output.stderr).toContain('"fact":"reload.ignored"');
    expect(await stopped(agent)).toBe(0);
  });

  it('puts back a file that somebody changed, and tells of it', async () => {
    await configured('tampered');
    const { id } = await created('tampered');
    // What it tells is true until its next look.
    const agent = await agentOf('tampered', ['--reconcile-interval', '1s']);
    await convergence('tampered', ({ converged }) => converged);
    writeFileSync(agent.file, 'anything: goes');
    const { body } = await stack.until(`/v1/gateways/${id}`, ({ reported }) =>
      reported?.reason?.includes('it was put back'),
    );
    expect(body.reported).toMatchObject({
      health: 'degraded',
      reason: expect.stringContaining('somebody else'),
    });
    expect(readFileSync(agent.file, 'utf8')).toBe(policy({ id: 'tampered', limit: 1 }));
  });

  it('refuses what the gateway does not take, and leaves it at what it ran', async () => {
    await configured('picky');
    const { id } = await created('picky');
    const agent = await agentOf('picky');
    await convergence('picky', ({ converged }) => converged);
    agent.gateway.now.likes = (content) => !content.includes('max_daily_usd: 2');
    await publish('picky', 2);
    const refused = (body: { gateways?: { state: string }[] }) => body.gateways?.[0]?.state === 'refused';
    const { body } = await stack.until('/v1/configurations/picky/convergence', refused);
    expect(body).toMatchObject({
      converged: false,
      gateways: [{ id, reason: 'the gateway answers 422 to a reload: E999 not to my liking' }],
    });
    expect(readFileSync(agent.file, 'utf8')).toBe(policy({ id: 'picky', limit: 1 }));
  });
});

describe('kt gateway agent, while the API is away', () => {
  it('has its gateway fail closed after the time that was given, by the command that was given', async () => {
    await configured('stale');
    await created('stale');
    const token = readFileSync(join(folder, 'stale', 'token'), 'utf8').trim();
    // Nobody answers there.
    const away = { KEEPTRUSTS_API_URL: 'http://127.0.0.1:9', KEEPTRUSTS_GATEWAY_TOKEN: token };
    const stale = ['--max-staleness', '100ms', '--when-stale', 'fail-closed'];
    const agent = await agentOf('stale', [...stale, '--stale-command', "touch 'told to be'"], away);
    const isClosed = () => agent.output.stderr.includes('"fact":"gateway.closed"');
    while (!isClosed() && agent.child.exitCode === null) await once(agent.child.stderr, 'data');
    expect(existsSync(join(folder, 'told to be'))).toBe(true);
    expect(existsSync(join(folder, 'closed'))).toBe(true);
    expect(await stopped(agent)).toBe(0);
  });
});

describe('kt gateway create --state-dir', () => {
  it('keeps all that the agent needs, for nobody else to read, and does not print the token', async () => {
    const { code, stdout, stderr } = await kt('gateway', 'create', '--name', 'kept', '--state-dir', 'kept');
    expect(code).toBe(0);
    const token = readFileSync(join(folder, 'kept', 'token'), 'utf8').trim();
    expect(token).toMatch(/^kt_live_/);
    expect(stdout + stderr).not.toContain(token);
    expect(statSync(join(folder, 'kept')).mode & 0o777).toBe(0o700);
    for (const name of ['token', 'gateway-key.pem', 'gateway.json', 'signing-keys.json'])
      expect(statSync(join(folder, 'kept', name)).mode & 0o777).toBe(0o600);
    const registration = JSON.parse(readFileSync(join(folder, 'kept', 'gateway.json'), 'utf8'));
    const { body } = await stack.call('GET', `/v1/gateways/${registration.gateway_id}`);
    expect(body).toMatchObject({ name: 'kept', public_key: expect.stringContaining('BEGIN PUBLIC KEY') });
    expect(registration.api_url).toBe(stack.url);
  });

  it('does not touch the folder of another gateway', async () => {
    mkdirSync(join(folder, 'taken'), { mode: 0o700 });
    writeFileSync(join(folder, 'taken', 'gateway-key.pem'), 'mine');
    const { code, stderr } = await kt('gateway', 'create', '--name', 'taken', '--state-dir', 'taken');
    expect(code).toBe(2);
    expect(stderr).toContain('it holds gateway-key.pem already: it is the state folder of another gateway');
    expect(readFileSync(join(folder, 'taken', 'gateway-key.pem'), 'utf8')).toBe('mine');
  });

  it('leaves nothing when the API refuses', async () => {
    const { code, stderr } = await kt(
      'gateway',
      'create',
      '--name',
      'x',
      '--configuration-id',
      'nowhere',
      '--state-dir',
      'refused',
    );
    expect(code).not.toBe(0);
    expect(stderr).toContain('there is no such configuration');
    expect(existsSync(join(folder, 'refused', 'gateway-key.pem'))).toBe(false);
    expect(existsSync(join(folder, 'refused', 'signing-keys.json'))).toBe(false);
  });
});

describe('what kt gateway agent needs to know', () => {
  const asked = async (args: readonly string[], more: Readonly<Record<string, string>> = {}) => {
    const { code, stderr } = await runKt(['gateway', 'agent', ...args], { cwd: folder, env: more });
    expect(code).toBe(2);
    return stderr;
  };

  beforeAll(async () => {
    const { code } = await kt('gateway', 'create', '--name', 'known', '--state-dir', 'known');
    expect(code).toBe(0);
  });

  it.concurrent.each([
    [['--write', 'f'], 'which gateway?'],
    [['--write', 'f', '--gateway-id', '../x'], '--gateway-id: is not the id of a gateway'],
    [['--write', 'f', '--state-dir', 'known', '--gateway-id', 'gw_other'], 'is the state folder of gw_'],
    [
      ['--write', 'f', '--state-dir', 'known', '--api-token', 'x'],
      '--api-token: everybody on this machine could read',
    ],
    [
      ['--write', 'f', '--state-dir', 'known', '--api-url', 'https://elsewhere.example'],
      'it is not sent to https://elsewhere.example',
    ],
    [['--write', 'f', '--state-dir', 'known', '--api-url', 'http://elsewhere.example'], 'is not https://'],
    [['--write', 'f', '--state-dir', 'known', '--token-file', 'nowhere'], '--token-file: there is no'],
    [['--write', 'f', '--state-dir', 'known', '--when-stale', 'serve'], '--when-stale: after how long?'],
    [
      ['--write', 'f', '--state-dir', 'known', '--max-staleness', '5m', '--when-stale', 'fail-closed'],
      'Give --stale-command',
    ],
    [['--write', 'f', '--state-dir', 'known', '--max-staleness', 'soon'], 'It is a duration'],
    [['--state-dir', 'known'], "required option '--write <file>'"],
  ])('is asked for when it is %j', async (args, why) => {
    expect(await asked(args)).toContain(why);
  });

  it('is that nobody else can write to its folder', async () => {
    chmodSync(join(folder, 'known'), 0o777);
    expect(await asked(['--write', 'f', '--state-dir', 'known'])).toContain('others can write to');
    chmodSync(join(folder, 'known'), 0o700);
  });
});
