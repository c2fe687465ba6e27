/** `npm start` as people run it: a process that is stopped, killed at the worst moments, and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GetItemCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyOf } from '../../lib/aws/keys.ts';
import { sha256Hex as sha256 } from '../../lib/domain/ids.ts';
import type { ReloadMessage } from '../../lib/domain/reload.ts';
import { localClients } from '../../local/emulators.ts';
import { findProcess, waitForExit } from '../../local/process.ts';
import type { LocalFile } from '../../local/start.ts';
import { signedDelivery } from '../support/deliveries.ts';
import { type GitServer, startGitServer, type TestRepository } from '../support/git-server.ts';
import { policy } from '../support/world.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FILE = 'policy-config.yaml';

let git: GitServer;
let folder: string;
const children = new Set<ChildProcess>();
/** All that any of them wrote. */
let written = '';
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await git.close();
  rmSync(folder, { recursive: true, force: true });
});

async function eventually(passes: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (await passes()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it did not come to that within ten seconds');
}

/** `node local/main.ts` with nothing of our environment but what is said. */
function spawnMain(environment: Readonly<Record<string, string>>, cwd = ROOT) {
  const child = spawn(process.execPath, [join(ROOT, 'local/main.ts')], {
    cwd,
    // Started a dozen times: what Node compiles of it is kept.
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE_COMPILE_CACHE: join(folder, 'compiled'),
      KT_PORT: '0',
      ...environment,
    },
  });
  children.add(child);
  let output = '';
  const waiting = new Map<string, () => void>();
  const listen = (chunk: Buffer) => {
    output += chunk;
    written += chunk;
    for (const [text, resolve] of waiting) if (output.includes(text)) resolve();
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  const exited = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      children.delete(child);
      for (const end of waiting.values()) end();
      resolve(code);
    });
  });
  return {
    child,
    exited,
    output: () => output,
    /** Until this is written, or the process ends; what was written before does not count. */
    written(text: string): Promise<void> {
      output = '';
      return new Promise((resolve) => waiting.set(text, resolve));
    },
  };
}

async function startMain(dataDir: string) {
  const main = spawnMain({ KT_DATA_DIR: dataDir });
  await main.written('Ctrl-C ends it');
  const file = join(dataDir, 'local.json');
  if (main.child.exitCode !== null || !existsSync(file)) throw new Error(`did not start: ${main.output()}`);
  const local = JSON.parse(readFileSync(file, 'utf8')) as LocalFile;
  const clients = localClients(local.endpoints, 'us-east-1');

  async function call(method: string, path: string, body?: unknown, token = local.admin_token) {
    const response = await fetch(local.url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : JSON.parse(text) };
  }

  async function receive(QueueUrl: string, WaitTimeSeconds: number): Promise<ReloadMessage[]> {
    const ask = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds, MaxNumberOfMessages: 10 });
    return ((await clients.sqs.send(ask)).Messages ?? []).map(({ Body = '' }) => JSON.parse(Body));
  }

  return {
    ...main,
    ...local,
    call,
    async until(path: string, passes: (body: Awaited<ReturnType<typeof call>>['body']) => boolean) {
      let answer = await call('GET', path);
      for (let attempt = 0; attempt < 200 && !passes(answer.body); attempt++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        answer = await call('GET', path);
      }
      return answer.body;
    },
    deliver(hookId: string, secret: string, repositoryUrl: string, after: string): Promise<number> {
      const { headers, body } = signedDelivery('gitea', secret, { after, repositoryUrl });
      const sent = Object.entries(headers).filter((entry): entry is [string, string] => !!entry[1]);
      const request = { method: 'POST', headers: sent, body: Buffer.from(body) };
      return fetch(`${local.url}/v1/hooks/${hookId}`, request).then(({ status }) => status);
    },
    /** Every reload that comes out of the queue while the stack is there. */
    async collect(queueUrl: string, into: ReloadMessage[]): Promise<void> {
      while (main.child.exitCode === null && main.child.signalCode === null)
        into.push(...(await receive(queueUrl, 20).catch(() => [])));
    },
    /** Every reload that is in the queue now. */
    async drain(queueUrl: string, into: ReloadMessage[]): Promise<void> {
      for (let more = await receive(queueUrl, 0); more.length > 0; more = await receive(queueUrl, 0))
        into.push(...more);
    },
    /** What the gateway gets when it asks. */
    async announced({ id, token }: { id: string; token: string }) {
      return (await call('GET', `/v1/gateways/${id}/configuration`, undefined, token)).body;
    },
    /** Whether gateways are still to be told of what is active. */
    async isMarked(configurationId: string): Promise<boolean> {
      const [TableName] = (await clients.dynamodb.send(new ListTablesCommand({}))).TableNames ?? [];
      const { pk, sk } = keyOf.mark(configurationId);
      const ask = new GetItemCommand({ TableName, Key: { pk: { S: pk }, sk: { S: sk } } });
      return (await clients.dynamodb.send(ask)).Item !== undefined;
    },
    async kill(): Promise<void> {
      main.child.kill('SIGKILL');
      await main.exited;
      clients.destroy();
    },
    async terminate(): Promise<number | null> {
      main.child.kill('SIGTERM');
      const code = await main.exited;
      clients.destroy();
      return code;
    },
  };
}

type Main = Awaited<ReturnType<typeof startMain>>;

/** One data folder through the whole file; `main` is the process that has it now. */
let dataDir: string;
let main: Main;
let repository: TestRepository;
let hook: { id: string; secret: string };
let gateway: { id: string; token: string };

beforeAll(async () => {
  git = await startGitServer();
  folder = mkdtempSync(join(tmpdir(), 'kt-restart-'));
  dataDir = join(folder, 'data');
  repository = await git.createRepository({ files: { [FILE]: policy({ id: 'killed' }) } });
  main = await startMain(dataDir);
  const wish = { repo_url: repository.url, path: FILE, provider: 'gitea', auto_create_configuration: true };
  const linked = (await main.call('POST', '/v1/git-repos', wish)).body;
  hook = linked.webhook;
  await main.until(`/v1/git-repos/${linked.id}`, ({ status }) => status === 'synced');
  gateway = (await main.call('POST', '/v1/gateways', { name: 'gw', configuration_id: 'killed' })).body;
});

describe('npm start', () => {
  it('refuses a folder that a running stack has, and leaves that one as it was', async () => {
    const local = readFileSync(join(dataDir, 'local.json'), 'utf8');
    const bundle = statSync(join(dataDir, 'build/functions/api/index.mjs')).ino;
    const second = spawnMain({ KT_DATA_DIR: dataDir });
    expect(await second.exited).toBe(1);
    expect(second.output()).toBe(
      `kt-gitops did not start: ${dataDir} is in use by another stack (pid ${main.pid})\n`,
    );
    expect(readFileSync(join(dataDir, 'local.json'), 'utf8')).toBe(local);
    expect(statSync(join(dataDir, 'build/functions/api/index.mjs')).ino).toBe(bundle);
    expect((await main.call('GET', '/v1/whoami')).status).toBe(200);
  });

  it('ends cleanly on SIGTERM, its database with it, and finds everything at the next start', async () => {
    const first = main;
    expect(statSync(join(dataDir, 'local.json')).mode & 0o777).toBe(0o600);
    expect(first.pid).toBe(first.child.pid);
    const database = findProcess(JSON.parse(readFileSync(join(dataDir, 'aws/dynamodb.pid'), 'utf8')).pid);
    if (!database) throw new Error('there is no database process');

    expect(await first.terminate()).toBe(0);
    expect(await waitForExit(database, 0)).toBe(true);
    expect(existsSync(join(dataDir, 'stack.lock'))).toBe(false);

    main = await startMain(dataDir);
    expect(main.admin_token).toBe(first.admin_token);
    expect((await main.call('GET', '/v1/configurations/killed')).body).toMatchObject({
      active_version: { number: 1 },
    });
    expect(await main.announced(gateway)).toMatchObject({ manifest: { number: 1 } });
  });

  it.concurrent.each(['nonsense', '-1', '65536', '80.5'])(
    'says what is wrong with KT_PORT=%s',
    async (port) => {
      const refused = spawnMain({ KT_DATA_DIR: join(folder, 'never'), KT_PORT: port });
      expect(await refused.exited).toBe(2);
      expect(refused.output()).toBe(
        `KT_PORT is a port number, 0 to 65535 (0 for any free one); it is "${port}"\n`,
      );
      expect(existsSync(join(folder, 'never'))).toBe(false);
    },
  );

  it('says which port is taken; without a folder named, it works in .kt', async () => {
    const { port } = new URL(git.url);
    const cwd = join(folder, 'elsewhere');
    mkdirSync(cwd);
    const refused = spawnMain({ KT_DATA_DIR: '', KT_PORT: port }, cwd);
    expect(await refused.exited).toBe(1);
    expect(refused.output()).toContain(
      `kt-gitops did not start: port ${port} is taken; KT_PORT chooses another`,
    );
    expect(readdirSync(cwd)).toEqual(['.kt']);
  });

  it('says that it cannot write to KT_DATA_DIR, and where that is', async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    const refused = spawnMain({ KT_DATA_DIR: join(file, 'data') });
    expect(await refused.exited).toBe(1);
    expect(refused.output()).toMatch(/^kt-gitops did not start: .*\n$/);
    expect(refused.output()).toContain(file);
  });
});

describe('kill -9', () => {
  const reloads: ReloadMessage[] = [];
  const push = (limit: number) => repository.commit({ [FILE]: policy({ id: 'killed', limit }) });
  const deliver = (commit: string) => main.deliver(hook.id, hook.secret, repository.url, commit);

  /** Kills the stack as `act` returns, and starts it again; reloads that came out before count too. */
  async function killAfter(act: () => Promise<unknown>): Promise<void> {
    const { queue_url } = (await main.call('GET', `/v1/gateways/${gateway.id}`)).body;
    const collecting = main.collect(queue_url, reloads);
    await act();
    await main.kill();
    await collecting;
    main = await startMain(dataDir);
  }

  /** What is active becomes what is announced, nothing stays marked, and no gateway was told anything else. */
  async function expectConverged(active: { commit: string; content: string }): Promise<void> {
    const at = '/v1/configurations/killed';
    const configuration = await main.until(at, (now) => now.active_version.commit === active.commit);
    expect(configuration.content_hash).toBe(sha256(active.content));
    await eventually(async () => !(await main.isMarked('killed')));
    const told = await main.announced(gateway);
    expect(told).toMatchObject({
      manifest: {
        version_id: configuration.active_version.id,
        sequence: configuration.sequence,
        content_hash: configuration.content_hash,
      },
      content: active.content,
    });

    const { queue_url } = (await main.call('GET', `/v1/gateways/${gateway.id}`)).body;
    await main.drain(queue_url, reloads);
    for (const { manifest } of reloads) {
      const version = await main.call('GET', `${at}/versions/${manifest.version_id}`);
      expect(version.body).toMatchObject({ number: manifest.number, content_hash: manifest.content_hash });
      expect(manifest.sequence).toBeLessThanOrEqual(configuration.sequence);
    }
  }

  it('loses no push whose delivery was answered', async () => {
    const commit = await push(200);
    await killAfter(async () => expect(await deliver(commit)).toBe(202));
    await expectConverged({ commit, content: policy({ id: 'killed', limit: 200 }) });
  });

  it('loses nothing of a burst of pushes, in the middle of the runs they caused', async () => {
    let commit = '';
    await killAfter(async () => {
      const answers: Promise<number>[] = [];
      for (let limit = 301; limit <= 306; limit++) {
        commit = await push(limit);
        answers.push(deliver(commit));
      }
      expect(await Promise.all(answers)).toEqual(Array(6).fill(202));
    });
    await expectConverged({ commit, content: policy({ id: 'killed', limit: 306 }) });
  });

  it('announces what a run published before it could tell anybody', async () => {
    const commit = await push(400);
    await killAfter(async () => {
      const published = main.written('"fact":"sync.');
      await deliver(commit);
      await published;
    });
    await expectConverged({ commit, content: policy({ id: 'killed', limit: 400 }) });
  });

  it('keeps an activation that was answered, and its hold, and tells the gateways', async () => {
    const { body: first } = await main.call('GET', '/v1/configurations/killed/versions/1');
    const wish = { reason: 'incident', hold: { minutes: 60 } };
    await killAfter(async () => {
      const { status } = await main.call('POST', '/v1/configurations/killed/versions/1/activate', wish);
      expect(status).toBe(200);
    });
    await expectConverged({ commit: first.commit, content: policy({ id: 'killed' }) });
    expect((await main.call('GET', '/v1/configurations/killed')).body.hold).toMatchObject({
      reason: 'incident',
    });
    expect((await main.call('GET', '/v1/events?type=version.activated')).body.data.at(-1)).toMatchObject({
      version_id: first.id,
      detail: { reason: 'incident' },
    });
  });

  it('hands a lifted hold back to git', async () => {
    const commit = await repository.tip();
    await killAfter(() => main.call('DELETE', '/v1/configurations/killed/hold'));
    await expectConverged({ commit, content: policy({ id: 'killed', limit: 400 }) });
  });
});

describe('a broken database', () => {
  it('is said, rather than an empty one started', async () => {
    expect(await main.terminate()).toBe(0);
    const aws = join(dataDir, 'aws');
    for (const name of readdirSync(aws).filter((entry) => entry.startsWith('dynamodb.sqlite')))
      writeFileSync(join(aws, name), 'this is not a database'.repeat(1000));
    const refused = spawnMain({ KT_DATA_DIR: dataDir });
    expect(await refused.exited).toBe(1);
    expect(refused.output()).toContain('kt-gitops did not start: dynoxide did not start');
    expect(refused.output()).toContain('not a valid SQLite database');
  });
});

it('refused nothing that a function asked for, however it was killed: no witness hears these stacks', () => {
  expect(written).toContain('"fact":"sync.');
  expect(written.match(/^iam +.*may not.*$/gm)).toBeNull();
});
