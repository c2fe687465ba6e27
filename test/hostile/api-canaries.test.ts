/** A canary in every secret that we take or make, pushed into every way to fail: it is in no answer, log line, row, message or call. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syncHandler } from '../../functions/sync/handler.ts';
import { webhookHandler } from '../../functions/webhook/handler.ts';
import { stsQueueAccess } from '../../lib/aws/sts-queue-access.ts';
import { gitHost } from '../../lib/git/git-host.ts';
import { memoryDynamo } from '../fakes/memory-dynamo.ts';
import { memoryKms, newKeys } from '../fakes/memory-kms.ts';
import { memorySts } from '../fakes/memory-sts.ts';
import { type Api, apiOver, type Json } from '../support/api-over.ts';
import { signedDelivery, signingToken } from '../support/deliveries.ts';
import { type GitServer, startGitServer, type TestRepository } from '../support/git-server.ts';
import { type RogueSshServer, startRogueSshServer } from '../support/rogue-ssh-server.ts';
import { tally, times } from '../support/soak.ts';
import { newKeyPair } from '../support/ssh-server.ts';
import { createTable } from '../support/table.ts';
import { policy } from '../support/world.ts';
import { worldOver } from '../support/world-of.ts';
import { operationsOf } from './api-operations.ts';
import { RULES } from './api-rules.ts';
import { furnish, onServer, type Things } from './api-teams.ts';

/** With characters that change in JSON, in a URL and in base64, so that every form is another text. */
const printable = (name: string) => `cny-${name}+/7f3a"=~`;

const GIVEN = {
  'an access token': printable('access-token'),
  'an access token given later': printable('later-token'),
  'a hook secret': printable('hook-secret-of-16'),
  'a GitLab token': printable('gitlab-token-of-16'),
  'a GitLab signing token': signingToken('canary'),
  'a webhook’s authorization': printable('webhook-authorization'),
  'a token in a wrong place': printable('wrong-place'),
} as const;

/** Those that were made for us are added as they come. */
const secrets = new Map<string, string>(Object.entries(GIVEN));

let git: GitServer;
let host: ReturnType<typeof gitHost>;
let api: Api;
let red: Things;
let repository: TestRepository;
let linkId: string;
let sourceId: string;
/** Shows the deploy key back to whoever signs in. */
let sshHost: RogueSshServer;
let deployKeys: readonly [string, string];
let sshSourceId: string;
let otherSshLinkId: string;
let hook: string;

/** Everything that a caller was answered, but for the field that hands out a secret once. */
const answers: string[] = [];
/** What was asked of AWS. */
const commands: string[] = [];
const counted = { secrets: 0, 'forced errors': 0, 'that reached their caller': 0, texts: 0 };

/** What a call to AWS comes to, if it is that call's turn. */
interface Plan {
  /** Calls until then; the first is 0. */
  turn: number;
  readonly when: 'before' | 'after';
  readonly error: (input: object) => Error;
}
let plan: Plan | null = null;
let reached = false;

beforeAll(async () => {
  git = await startGitServer();
  host = gitHost({ allowedNetworks: ['127.0.0.0/8'] });
  const dynamo = memoryDynamo();
  const kms = tapped(memoryKms());
  const table = { client: tapped(dynamo.client as DynamoDBClient), name: 'kt' };
  await createTable(table);
  const world = worldOver({ table, kms, keys: await newKeys(kms), git: host });
  const queueAccess = stsQueueAccess(tapped(memorySts(world.ports.clock.now)), {
    roleArn: 'arn:aws:iam::000000000000:role/gateway-queues',
    queueArnPrefix: 'arn:aws:sqs:us-east-1:000000000000:',
    endpoint: null,
  });
  const { queues, reloads } = world.ports;
  api = await apiOver(world, { queues, reloads, queueAccess });
  red = await furnish(api, onServer(git), 'red');
  secrets.set('the admin token', tail(api.admin)).set('the gateway token', tail(red.gatewayToken));
  secrets.set('another token', tail(red.tokenText)).set('a credential that STS lent', 'secret-of-memory');
  secrets.set('a session that STS lent', 'session-of-memory');
  await linkOne();
  await linkOverSsh();
});
afterAll(async () => {
  tally('API and functions: canaries in every secret', { ...counted, secrets: secrets.size });
  host.close();
  await sshHost.close();
  await git.close();
});

/** The id of a token is no secret. */
const tail = (token: string) => token.slice('kt_live_'.length + 17);

/** Passes every call on, keeps what it was, and fails those that are to fail. */
function tapped<Client extends { send: unknown }>(client: Client): Client {
  const inner = client.send as (command: { input: object }) => Promise<unknown>;
  const send = async (command: { input: object }) => {
    const text = textOf(command.input);
    commands.push(text);
    const due = plan !== null && plan.turn-- === 0 ? plan : null;
    reached ||= due !== null;
    if (due?.when === 'before') throw due.error(command.input);
    const answer = await inner.call(client, command);
    if (due) throw due.error(command.input);
    return answer;
  };
  return { ...client, send, config: (client as Json).config };
}

/** Bytes as the text that is in them. */
const textOf = (value: unknown) =>
  JSON.stringify(value, (_, one: unknown) =>
    one instanceof Uint8Array ? Buffer.from(one).toString('latin1') : one,
  );

async function linkOne(): Promise<void> {
  repository = await git.createRepository({
    files: { 'policy.yaml': policy({ id: 'canary' }) },
    access: { kind: 'basic', username: 'reader', password: GIVEN['an access token'] },
  });
  const made = await api.created('/v1/git-repos', {
    repo_url: repository.url,
    path: 'policy.yaml',
    provider: 'gitea',
    auto_create_configuration: true,
    username: 'reader',
    access_token: GIVEN['an access token'],
  });
  linkId = made.id;
  hook = made.webhook.id;
  secrets.set('a hook secret that was made for us', made.webhook.secret);
  await api.advance(1);
  const { status, source } = await api.linkNow(linkId);
  expect(status).toBe('synced');
  sourceId = source?.id ?? '';
}

/** A key may be told line by line; these lines hold nothing of its public half. */
const secretLines = (key: string) => key.trim().split('\n').slice(3, -1);

async function linkOverSsh(): Promise<void> {
  const [first, second] = await Promise.all([newKeyPair(), newKeyPair()]);
  deployKeys = [first.privateKey, second.privateKey];
  for (const [index, key] of deployKeys.entries())
    for (const [line, text] of secretLines(key).entries())
      secrets.set(`line ${line} of deploy key ${index}`, text);
  sshHost = await startRogueSshServer({
    run: (channel) => {
      const forms = [deployKeys[0], ...secretLines(deployKeys[0])];
      channel.stderr.write(`no: ${forms[sshHost.commands.length % forms.length]}`);
      channel.exit(1);
      channel.end();
    },
  });
  const link = async (repo_url: string, known_hosts: string) =>
    api.created('/v1/git-repos', {
      repo_url,
      known_hosts,
      path: 'policy.yaml',
      auto_create_configuration: true,
      ssh_private_key: first.privateKey,
    });
  const { port, hostKey } = sshHost;
  const made = await link(`ssh://git@127.0.0.1:${port}/a/b.git`, `[127.0.0.1]:${port} ${hostKey}`);
  const other = await link('git@git.example.com:a/b.git', `git.example.com ${hostKey}`);
  otherSshLinkId = other.id;
  sshSourceId = (await api.linkNow(made.id)).source?.id ?? '';
}

/** Asks, keeps the answer, and takes out of it what is handed out once. */
async function ask(
  method: string,
  path: string,
  body?: unknown,
  token: string = api.admin,
  headers: Record<string, string> = {},
): Promise<number> {
  const response = await api.app.request(path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  answers.push(
    JSON.stringify([response.status, [...response.headers]]) + (response.ok ? withoutGift(text) : text),
  );
  return response.status;
}

function withoutGift(text: string): string {
  if (!text.startsWith('{')) return text;
  const { token, credentials, webhook, ...rest } = JSON.parse(text);
  if (typeof token === 'string') secrets.set('a token that was made', tail(token));
  const { secret: made, ...about } = webhook ?? {};
  if (typeof made === 'string' && !made.includes('cny-') && !made.startsWith('whsec_'))
    secrets.set('a hook secret that was made later', made);
  expect(credentials === undefined || credentials.secret_access_key === 'secret-of-memory').toBe(true);
  return JSON.stringify({ ...rest, webhook: about });
}

async function deliver(
  headers: Record<string, string | undefined>,
  body: Uint8Array,
  id = hook,
): Promise<void> {
  const event = {
    pathParameters: { hookId: id },
    headers,
    body: Buffer.from(body).toString('base64'),
    isBase64Encoded: true,
  } as unknown as APIGatewayProxyEventV2;
  try {
    answers.push(JSON.stringify(await webhookHandler(api.ports as Json)(event)));
  } catch (error) {
    // Lambda writes it to the log.
    api.facts.push({
      name: 'lambda',
      fields: { error: `${(error as Error).name}: ${(error as Error).message}` },
    });
  }
}

/** One run of the source of the link, as its queue would begin it. */
async function run(source = sourceId): Promise<void> {
  await plainly(() => api.ports.sources.hint(source, api.ports.clock.now()));
  const body = JSON.stringify({ source, why: 'hint', commit: null, attempt: 0 });
  await syncHandler(api.ports as Json)({ Records: [{ messageId: 'm', body }] } as Json);
}

/** Everywhere that a secret must not be. */
async function everything(): Promise<Readonly<Record<string, readonly string[]>>> {
  const rows = await plainly(() => api.rows());
  const messages = [api.hints, api.announcements, [...api.reloads.values()]];
  return {
    'an answer': answers,
    'a log line': api.facts.map(textOf),
    'a row': rows.map(textOf),
    'a message': messages.map(textOf),
    'a call of AWS': commands,
    'a request to a git host, but for its authorization': git.requests.map(({ authorization: _, ...rest }) =>
      textOf(rest),
    ),
  };
}

async function plainly<T>(work: () => Promise<T>): Promise<T> {
  const before = plan;
  plan = null;
  try {
    return await work();
  } finally {
    plan = before;
  }
}

/** Plain, in JSON, in a URL, in hexadecimal, and in base64 wherever in a longer text it begins. */
function formsOf(text: string): string[] {
  const encoded = [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]);
    const whole = bytes.subarray(0, bytes.length - (bytes.length % 3));
    const from = before === 0 ? 0 : 4;
    return [whole.toString('base64').slice(from), whole.toString('base64url').slice(from)];
  });
  const url = encodeURIComponent(text);
  const json = JSON.stringify(text).slice(1, -1);
  const twice = JSON.stringify(json).slice(1, -1);
  return [
    ...new Set([text, json, twice, url, url.toLowerCase(), Buffer.from(text).toString('hex'), ...encoded]),
  ];
}

async function expectNowhere(): Promise<void> {
  const places = await everything();
  counted.texts = Object.values(places).reduce((sum, texts) => sum + texts.length, 0);
  for (const [place, texts] of Object.entries(places)) {
    const all = texts.join('\n');
    for (const [name, text] of secrets) {
      for (const form of formsOf(text)) {
        const at = all.indexOf(form);
        const found =
          at === -1 ? null : `${name}, as ${form}: …${all.slice(Math.max(0, at - 200), at + 200)}`;
        expect([place, found]).toEqual([place, null]);
      }
    }
  }
}

describe('a secret in a wrong place', () => {
  it('is refused and not repeated: in any field of any body, in a URL, a query, a path, a header', async () => {
    const wrong = GIVEN['a token in a wrong place'];
    const { operations, document } = await operationsOf(api);
    for (const { method, path, described } of operations) {
      const rule = RULES[`${method} ${path}`];
      const asked = path.replace(/\{id\}/, rule?.ids?.(red)[0] ?? '').replace('{v}', '1');
      const schema = described.requestBody?.content['application/json'].schema;
      const token = rule?.who === 'gateway' ? red.gatewayToken : api.admin;
      const fields = schema
        ? Object.keys(document.components.schemas[schema.$ref.split('/').at(-1)].properties)
        : [];
      for (const field of [...fields, 'token', wrong]) {
        if (!schema) break;
        // Where any words are taken, and shown, a secret cannot be told from them; where a secret belongs, it is taken.
        const texts = TAKES_TEXT.has(field)
          ? []
          : [
              `${wrong}\u0000`,
              `https://x:${encodeURIComponent(wrong)}@git.example.com/a/b`,
              wrong.repeat(3000),
            ];
        for (const value of [[wrong], { a: { b: wrong } }, ...texts])
          await refused(method, asked, { [field]: value }, token);
      }
      const url = encodeURIComponent(wrong);
      await ask(method, `${asked}?token=${url}&cursor=${url}&${url}=1`, schema ? {} : undefined, token);
      await ask(method, `${asked}/${url}`, schema ? `{"a":"${wrong}"` : undefined, token);
      await ask(method, asked, schema ? {} : undefined, wrong.replaceAll('"', ''));
      await ask(method, asked, schema ? {} : undefined, token, {
        'content-type': `text/${encodeURIComponent(wrong)}`,
      });
    }
    for (const repo_url of [
      `https://reader:${wrong}@git.example.com/a`,
      `https://${wrong}@git.example.com/a`,
      `git@${wrong}:a/b`,
    ])
      await ask('POST', '/v1/git-repos', { repo_url, path: 'a.yaml' });
    await deliver({ 'content-type': 'application/json' }, Buffer.from('{}'), wrong);
    await expectNowhere();
  });

  const TAKES_TEXT = new Set([
    'access_token',
    'ssh_private_key',
    'known_hosts',
    'secret',
    'username',
    'name',
    'description',
    'reason',
  ]);

  async function refused(method: string, path: string, body: object, token: string): Promise<void> {
    const status = await ask(method, path, body, token);
    expect([method, path, Object.keys(body)[0]?.slice(0, 20), status >= 400 && status < 500]).toEqual([
      method,
      path,
      Object.keys(body)[0]?.slice(0, 20),
      true,
    ]);
  }
});

describe('a delivery', () => {
  it('leaves nothing of its headers, whatever becomes of it', async () => {
    const authorization = `Basic ${GIVEN['a webhook’s authorization']}`;
    const about = { after: await repository.tip(), repositoryUrl: repository.url };
    for (const key of [GIVEN['a hook secret'], secrets.get('a hook secret that was made for us') ?? '']) {
      const { headers, body } = signedDelivery('gitea', key, about);
      await deliver({ ...headers, authorization }, body);
      await deliver(
        { ...headers, authorization, 'x-gitlab-token': GIVEN['a GitLab token'] },
        Buffer.from('{'),
      );
      await deliver({ ...headers, authorization, 'content-type': authorization }, body);
    }
    await expectNowhere();
  });
});

describe('a git host that shows the token back', () => {
  it('is not quoted, in whatever form it shows it', async () => {
    const token = GIVEN['an access token'];
    const pair = Buffer.from(`reader:${token}`).toString('base64');
    const echo = [
      token,
      encodeURIComponent(token),
      pair,
      Buffer.from(token).toString('base64'),
      pair.replaceAll('+', '-').replaceAll('/', '_'),
    ].join(' , ');
    const packet = `ERR ${echo}\n`;
    const packets = `${(Buffer.byteLength(packet) + 4).toString(16).padStart(4, '0')}${packet}0000`;
    const head = { 'content-type': 'application/x-git-upload-pack-advertisement' };
    const ascii = echo.replaceAll('"', '');
    const troubles = [
      ...[400, 401, 403, 404, 410, 418, 422, 500, 502, 503].map(
        (status) => ({ kind: 'answer', status, body: echo }) as const,
      ),
      { kind: 'answer', status: 401, headers: { 'www-authenticate': `Basic realm="${ascii}"` }, body: echo },
      { kind: 'answer', status: 200, headers: head, body: packets },
      { kind: 'answer', status: 200, headers: { 'content-type': `text/html; ${ascii}` }, body: echo },
      { kind: 'redirect', status: 302, to: `http://localhost:9/${encodeURIComponent(token)}` },
      { kind: 'redirect', status: 302, to: `http://reader:${encodeURIComponent(token)}@127.0.0.1:9/x` },
      { kind: 'redirect', status: 302, to: `${git.url}/${encodeURIComponent(token)}` },
      { kind: 'hang up' },
    ] as const;
    for (const trouble of troubles) {
      git.inject(trouble, ({ repository: of }) => of === repository.name);
      await run();
      git.calm();
      counted['forced errors']++;
      await ask('GET', `/v1/git-repos/${linkId}`);
      api.time.at += 3 * 3600_000;
    }
    await ask('GET', '/v1/events?limit=500');
    await ask('GET', '/metrics');
    await expectNowhere();
  });
});

/** What people do with secrets; each is done again and again while something else fails. */
const SCENES: Readonly<Record<string, () => Promise<unknown>>> = {
  'links a repository with a token': () =>
    ask('POST', '/v1/git-repos', {
      repo_url: `https://git.example.com/${counted['forced errors']}/x`,
      path: 'a.yaml',
      provider: 'github',
      auto_create_configuration: true,
      access_token: GIVEN['an access token'],
      username: 'reader',
    }),
  'gives a link another token': () =>
    ask('PATCH', `/v1/git-repos/${red.link}`, { access_token: GIVEN['an access token given later'] }),
  'rotates a hook secret to one of their own': () =>
    ask('POST', `/v1/git-repos/${linkId}/hook-secret`, { secret: GIVEN['a hook secret'] }),
  'rotates a hook secret to a signing token': () =>
    ask('POST', `/v1/git-repos/${linkId}/hook-secret`, { secret: GIVEN['a GitLab signing token'] }),
  'has a hook secret made': () => ask('POST', `/v1/git-repos/${linkId}/hook-secret`, {}),
  'makes a token': () => ask('POST', '/v1/tokens', { name: 'x', role: 'configurations_reader' }),
  'registers a gateway': () => ask('POST', '/v1/gateways', { name: 'x' }),
  'borrows a queue': () =>
    ask('POST', `/v1/gateways/${red.gateway}/queue-credentials`, undefined, red.gatewayToken),
  'is delivered a push': async () => {
    const about = { after: await repository.tip(), repositoryUrl: repository.url };
    const { headers, body } = signedDelivery(
      'gitea',
      secrets.get('a hook secret that was made for us') ?? '',
      about,
    );
    await deliver({ ...headers, authorization: GIVEN['a webhook’s authorization'] }, body);
  },
  'reads a repository with its token': () => run(),
  'links a repository with a deploy key': () =>
    ask('POST', '/v1/git-repos', {
      repo_url: `git@github.com:acme/x${counted['forced errors']}.git`,
      path: 'a.yaml',
      auto_create_configuration: true,
      ssh_private_key: deployKeys[0],
    }),
  'gives a link another deploy key': () =>
    ask('PATCH', `/v1/git-repos/${otherSshLinkId}`, {
      ssh_private_key: deployKeys[counted['forced errors'] % 2],
    }),
  'reads a repository with its deploy key': async () => {
    await run(sshSourceId);
    api.time.at += 3 * 3600_000;
  },
};

/** As the services and the runtime call what goes wrong; each repeats all that it was given, and gives a cause that does too. */
const KINDS = [
  'ValidationException',
  'SerializationException',
  'ThrottlingException',
  'InternalServerError',
  'AccessDeniedException',
  'KMSInvalidStateException',
  'SyntaxError',
  'TypeError',
  'TimeoutError',
] as const;

function echoing(kind: string) {
  return (input: object): Error => {
    const text = textOf(input);
    const cause = Object.assign(new Error(`while sending ${encodeURIComponent(text)}`), { name: kind });
    // A chain that bites its tail.
    cause.cause = cause;
    const message = `${kind}: cannot take ${text} (${Buffer.from(text).toString('base64')})\n    at ${text}`;
    return Object.assign(new Error(message, { cause }), { name: kind, input });
  };
}

describe('whatever fails while somebody', () => {
  const few = times(1, KINDS.length);

  it.each(Object.entries(SCENES))('%s, the secret is nowhere', async (_name, scene) => {
    for (const when of times(1, 2) === 1 ? (['before'] as const) : (['before', 'after'] as const)) {
      for (const kind of KINDS.slice(0, few)) {
        reached = true;
        for (let turn = 0; reached && turn < 40; turn++) {
          reached = false;
          plan = { turn, when, error: echoing(KINDS[(KINDS.indexOf(kind) + turn) % KINDS.length] ?? kind) };
          const before = answers.length;
          await scene();
          plan = null;
          if (!reached) break;
          counted['forced errors']++;
          if (answers.slice(before).some((text) => /^\[(4|5)/.test(text)))
            counted['that reached their caller']++;
        }
      }
    }
    await expectNowhere();
  });

  it('seals, and the sealer throws what it was to seal, in any form', async () => {
    const sealing = Object.keys(SCENES)
      .filter((name) => /token|secret|deploy key/.test(name) && !name.startsWith('reads'))
      .slice(0, 7);
    const { sealer } = api.ports;
    for (const kind of KINDS) {
      (api.ports as Json).sealer = {
        seal: async (context: object, text: string) => {
          const forms = formsOf(text).filter((form) => form.length > 8);
          throw Object.assign(
            new Error(`${kind} ${text} ${JSON.stringify({ context, text })} ${forms.join(' ')}`),
            {
              name: kind,
            },
          );
        },
      };
      for (const name of sealing) {
        await SCENES[name]?.();
        counted['forced errors']++;
      }
    }
    (api.ports as Json).sealer = sealer;
    await expectNowhere();
  });

  it('would be found: each of these places holds what else was put there', async () => {
    const places = await everything();
    expect(places['an answer']?.join()).toContain('internal_error');
    expect(places['a log line']?.join()).toContain('InternalServerError');
    expect(places['a row']?.join()).toContain(repository.url);
    expect(places['a call of AWS']?.join()).toContain('TransactItems');
    expect(sshHost.commands.length).toBeGreaterThan(2);
    expect(places['a log line']?.join()).toContain('sync.fault');
    expect(places['a log line']?.join()).not.toContain('ZodError');
    expect(git.requests.length + counted['forced errors']).toBeGreaterThan(60);
    expect(new Set(secrets.values()).size).toBe(secrets.size);
  });
});
