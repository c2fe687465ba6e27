/** What each function can not do, whoever has taken it over: asked of its role, as synthesized, one question at a time. */
import { describe, expect, it } from 'vitest';
import { type Around, AT, roles } from './ask.ts';
import { synthesize } from './template.ts';

const { may } = roles((await synthesize(false)).template);

const FUNCTIONS = ['Webhook', 'Poll', 'Sync', 'FanOut', 'Api'] as const;
const EVERYBODY = [...FUNCTIONS, 'GatewayQueue', 'EveryMinute'] as const;
type Name = (typeof EVERYBODY)[number];
type Question = readonly [action: string, resource: string, around?: Around];

const row = (key: string): Around => ({ 'dynamodb:LeadingKeys': [key] });
const rows = (...keys: string[]): Around => ({ 'dynamodb:LeadingKeys': keys });
const sealedFor = (purpose: string): Around => ({
  'kms:EncryptionContext:purpose': [purpose],
  'kms:EncryptionContext:v': ['1'],
  'kms:EncryptionContextKeys': ['purpose', 'v'],
});
const es256: Around = { 'kms:SigningAlgorithm': ['ECDSA_SHA_256'], 'kms:MessageType': ['RAW'] };

/** Everything that a table is for. */
const READS = ['GetItem', 'BatchGetItem', 'Query'] as const;
const WRITES = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'] as const;
const KINDS = [
  'BOUND#c',
  'CONFIG#c',
  'CONTENT#h',
  'DECISION#d',
  'EVENTS#2026-01-01#0',
  'GATEWAY#g',
  'HOOK#h',
  'HOST#h',
  'LINK#l',
  'METRIC#m',
  'RECEIPT#v#0',
  'SOURCE#s',
  'TEAMS',
  'TOKEN#t',
] as const;

/** On rows: what each function is there for. Everything else is not its business. */
const ITS_ROWS: Readonly<Record<Exclude<(typeof FUNCTIONS)[number], 'Api'>, readonly string[]>> = {
  Webhook: ['GetItem HOOK#h', 'Query HOOK#h', 'UpdateItem HOOK#h', 'UpdateItem SOURCE#s'],
  Poll: ['BatchGetItem CONFIG#c', 'BatchGetItem SOURCE#s', 'GetItem LINK#l'],
  Sync: [
    ...['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'].map(
      (one) => `${one} SOURCE#s`,
    ),
    'DeleteItem HOOK#h',
    ...['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'].map((one) => `${one} CONFIG#c`),
    ...['GetItem LINK#l', 'GetItem HOST#h', 'UpdateItem HOST#h', 'GetItem CONTENT#h', 'PutItem CONTENT#h'],
    ...['PutItem TEAMS', 'PutItem EVENTS#2026-01-01#0', 'UpdateItem METRIC#m'],
  ],
  FanOut: [
    ...['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'].map((one) => `${one} CONFIG#c`),
    ...['Query BOUND#c', 'PutItem EVENTS#2026-01-01#0', 'UpdateItem METRIC#m'],
  ],
};

const ITS_QUEUES: Readonly<Record<Name, readonly string[]>> = {
  Webhook: ['SendMessage syncQueue'],
  Poll: ['SendMessage syncQueue', 'SendMessage fanOutQueue'],
  Sync: [
    'SendMessage syncQueue',
    'SendMessage fanOutQueue',
    'ReceiveMessage syncQueue',
    'DeleteMessage syncQueue',
  ],
  FanOut: [
    ...['SendMessage fanOutQueue', 'ReceiveMessage fanOutQueue', 'DeleteMessage fanOutQueue'],
    'SendMessage gatewayQueue',
  ],
  Api: [
    ...['SendMessage syncQueue', 'SendMessage fanOutQueue', 'SendMessage gatewayQueue'],
    ...['CreateQueue gatewayQueue', 'DeleteQueue gatewayQueue'],
  ],
  GatewayQueue: [
    'ReceiveMessage gatewayQueue',
    'DeleteMessage gatewayQueue',
    'ChangeMessageVisibility gatewayQueue',
  ],
  EveryMinute: [],
};

const QUEUES = [
  'syncQueue',
  'fanOutQueue',
  'deadLetters',
  'gatewayQueue',
  'otherQueue',
  'otherStacksQueue',
] as const;
const QUEUE_ACTIONS = [
  'SendMessage',
  'ReceiveMessage',
  'DeleteMessage',
  'ChangeMessageVisibility',
  'CreateQueue',
  'DeleteQueue',
  'PurgeQueue',
  'SetQueueAttributes',
  'AddPermission',
] as const;

const ITS_KEYS: Readonly<Record<Name, readonly string[]>> = {
  Webhook: ['Decrypt dataKey hook-secret'],
  Poll: [],
  Sync: ['Decrypt dataKey git-token'],
  FanOut: ['Sign signingKey'],
  Api: [
    ...['GenerateDataKey dataKey git-token', 'GenerateDataKey dataKey hook-secret', 'Sign proofKey'],
    ...['GetPublicKey signingKey', 'GetPublicKey proofKey'],
  ],
  GatewayQueue: [],
  EveryMinute: [],
};
const SEALING = ['Decrypt', 'Encrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'] as const;
const PURPOSES = ['git-token', 'hook-secret', 'ssh-key', 'Git-Token', 'git-token ', ''] as const;

/** Counted, so that a question that is no longer asked is missed. */
let asked = 0;

/** Asks everything there is; what is allowed is what is listed, and nothing else. */
function onlyMay(name: Name, questions: Readonly<Record<string, Question>>, listed: readonly string[]): void {
  const allowed = Object.entries(questions).filter(([, question]) => may(name, ...question));
  asked += Object.keys(questions).length - allowed.length;
  expect(allowed.map(([what]) => what).sort()).toEqual([...listed].sort());
}

const cross = <A extends string, B extends string>(
  some: readonly A[],
  others: readonly B[],
  question: (one: A, other: B) => Question,
): Readonly<Record<string, Question>> =>
  Object.fromEntries(some.flatMap((a) => others.map((b) => [`${a} ${b}`, question(a, b)] as const)));

describe('a role', () => {
  it.each(Object.entries(ITS_ROWS))(
    '%s has the rows that it needs, for what it does to them',
    (name, listed) => {
      const questions = cross([...READS, ...WRITES], KINDS, (action, key) => [
        `dynamodb:${action}`,
        AT.table,
        row(key),
      ]);
      onlyMay(name as Name, questions, listed);
    },
  );

  it.each(EVERYBODY)('%s has the queues that it needs, for what it does with them', (name) => {
    const questions = cross(QUEUE_ACTIONS, QUEUES, (action, queue) => [`sqs:${action}`, AT[queue]]);
    onlyMay(name, questions, ITS_QUEUES[name]);
  });

  it.each(EVERYBODY)('%s has the keys that it needs, for what is sealed and signed with them', (name) => {
    const keys = ['dataKey', 'signingKey', 'proofKey', 'otherKey'] as const;
    const sealing = Object.fromEntries(
      PURPOSES.flatMap((purpose) =>
        Object.entries(
          cross(SEALING, keys, (action, key) => [`kms:${action}`, AT[key], sealedFor(purpose)]),
        ).map(([what, question]) => [`${what} ${purpose}`, question] as const),
      ),
    );
    const signing = cross(['Sign', 'GetPublicKey'], keys, (action, key) => [
      `kms:${action}`,
      AT[key],
      action === 'Sign' ? es256 : {},
    ]);
    onlyMay(name, { ...sealing, ...signing }, ITS_KEYS[name]);
  });
});

/** Of nobody. */
const NEVER: readonly [action: string, resource: string, around?: Around][] = [
  ['iam:PassRole', AT.gatewayRole],
  ['iam:PassRole', AT.otherRole],
  ['iam:CreateRole', AT.otherRole],
  ['iam:PutRolePolicy', AT.gatewayRole],
  ['sts:AssumeRole', AT.otherRole],
  ['dynamodb:Scan', AT.table, {}],
  ['dynamodb:Scan', AT.list, {}],
  ['dynamodb:DeleteTable', AT.table],
  ['dynamodb:UpdateTable', AT.table],
  ['dynamodb:PartiQLSelect', AT.table, row('CONFIG#c')],
  ['dynamodb:PartiQLDelete', AT.table, row('CONFIG#c')],
  ['dynamodb:ExportTableToPointInTime', AT.table],
  ['dynamodb:GetItem', AT.otherTable, row('CONFIG#c')],
  ['dynamodb:GetRecords', `${AT.table}/stream/1`],
  ['kms:ScheduleKeyDeletion', AT.signingKey],
  ['kms:PutKeyPolicy', AT.dataKey],
  ['kms:CreateGrant', AT.dataKey],
  ['kms:DisableKey', AT.signingKey],
  ['kms:ReEncryptFrom', AT.dataKey, sealedFor('git-token')],
  ['kms:ReEncryptTo', AT.dataKey, sealedFor('hook-secret')],
  ['kms:Sign', AT.signingKey, { 'kms:SigningAlgorithm': ['ECDSA_SHA_384'] }],
  ['kms:Sign', AT.signingKey, {}],
  ['kms:Decrypt', AT.dataKey, {}],
  ['lambda:UpdateFunctionCode', 'arn:aws:lambda:eu-central-1:000000000000:function:SyncFunction'],
  ['lambda:InvokeFunction', 'arn:aws:lambda:eu-central-1:000000000000:function:SyncFunction'],
  ['logs:DeleteLogGroup', 'arn:aws:logs:eu-central-1:000000000000:log-group:/KtGitops/sync'],
  ['secretsmanager:GetSecretValue', 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:s'],
  ['s3:GetObject', 'arn:aws:s3:::bucket/key'],
  ['ssm:GetParameter', 'arn:aws:ssm:eu-central-1:000000000000:parameter/p'],
];

describe('nobody', () => {
  it.each(NEVER)('may %s on %s', (action, resource, around) => {
    expect(EVERYBODY.filter((name) => may(name, action, resource, around))).toEqual([]);
    asked += EVERYBODY.length;
  });

  it('but the API may act as the role of gateway queues, and but the schedule may run the poller', () => {
    expect(EVERYBODY.filter((name) => may(name, 'sts:AssumeRole', AT.gatewayRole))).toEqual(['Api']);
    const poll = 'arn:aws:lambda:eu-central-1:000000000000:function:PollFunction';
    expect(EVERYBODY.filter((name) => may(name, 'lambda:InvokeFunction', poll))).toEqual(['EveryMinute']);
    asked += 2 * (EVERYBODY.length - 1);
  });
});

describe('a call on several rows', () => {
  it.each<[Name, string, readonly string[]]>([
    ['Poll', 'dynamodb:BatchGetItem', ['CONFIG#c', 'TOKEN#t']],
    ['Poll', 'dynamodb:BatchGetItem', ['SOURCE#s', 'LINK#l']],
    ['Sync', 'dynamodb:BatchGetItem', ['CONFIG#c', 'LINK#l']],
    ['FanOut', 'dynamodb:Query', ['BOUND#c', 'GATEWAY#g']],
  ])('of %s needs all of them: %s on %s', (name, action, keys) => {
    expect(may(name, action, AT.table, rows(...keys))).toBe(false);
    asked++;
  });

  it.each<[Name, string]>([
    ['Webhook', 'HOOK'],
    ['Webhook', 'HOOKS#h'],
    ['Webhook', 'hook#h'],
    ['Webhook', 'XHOOK#h'],
    ['Sync', 'TEAMS#x'],
    ['Sync', 'TEAMSX'],
    ['FanOut', 'CONFIGS#c'],
  ])('of %s is not on rows of another kind that is spelt alike: %s', (name, key) => {
    for (const action of [...READS, ...WRITES])
      expect(may(name, `dynamodb:${action}`, AT.table, row(key)), action).toBe(false);
    asked += READS.length + WRITES.length;
  });
});

describe('indexes', () => {
  it.each(['Webhook', 'Sync', 'FanOut', 'GatewayQueue', 'EveryMinute'] as const)('%s has none', (name) => {
    for (const index of [AT.list, AT.work])
      for (const key of ['DUE#0', 'LINKS#t', 'GATEWAYS#t', 'ERROR#0'])
        expect(may(name, 'dynamodb:Query', index, row(key))).toBe(false);
    asked += 8;
  });

  it('the poller has the work, and nobody’s things', () => {
    for (const key of ['DRIFT#0', 'DUE#0', 'ERROR#0', 'HOLD#0', 'MARK#0']) {
      expect(may('Poll', 'dynamodb:Query', AT.work, row(key))).toBe(true);
      expect(may('Poll', 'dynamodb:Query', AT.list, row(key))).toBe(false);
    }
    for (const key of ['LINKS#t', 'CONFIGS#t', 'GATEWAYS#t', 'DECISIONS#2026-01-01#0'])
      for (const index of [AT.list, AT.work])
        expect(may('Poll', 'dynamodb:Query', index, row(key))).toBe(false);
    asked += 13;
  });
});

it('all of that was asked', () => {
  expect(asked).toBeGreaterThan(1700);
});
