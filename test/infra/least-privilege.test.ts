/** Least privilege: what each role may do, compared with the whole list of what it should. */
import { describe, expect, it } from 'vitest';
import { list, type Properties, word } from '../support/template.ts';
import { ofType, resource, synthesize } from './template.ts';

const { template } = await synthesize(false);

const GATEWAY_QUEUE_ROLE = 'arn:AWS::Partition:iam::AWS::AccountId:role/KtGitops-gw-AWS::Region';
const GATEWAY_QUEUES = 'arn:AWS::Partition:sqs:AWS::Region:AWS::AccountId:KtGitops-gw-*';

const logs = (name: string) => [`logs:CreateLogStream ${name}Log`, `logs:PutLogEvents ${name}Log`];
const items = (...actions: string[]) => actions.map((action) => `dynamodb:${action} Table`);
/** Of these kinds of rows only. */
const only = (kinds: readonly string[], permissions: readonly string[]) =>
  permissions.map((one) => `${one} if ForAllValues:StringLike dynamodb:LeadingKeys ${kinds.join('|')}`);
const rows = (kinds: readonly string[], ...actions: string[]) => only(kinds, items(...actions));
const works = (queue: string) => [
  `sqs:ReceiveMessage ${queue}`,
  `sqs:DeleteMessage ${queue}`,
  `sqs:GetQueueAttributes ${queue}`,
];

/** Everything, and nothing but. A change here is a change of what an attacker gains from a function. */
const MAY: Record<string, readonly string[]> = {
  WebhookRole: [
    ...rows(['HOOK#*'], 'GetItem', 'Query', 'UpdateItem'),
    ...rows(['SOURCE#*'], 'UpdateItem'),
    'sqs:SendMessage SyncQueue',
    'kms:Decrypt DataKey if StringEquals kms:EncryptionContext:purpose hook-secret',
    ...logs('Webhook'),
  ],
  PollRole: [
    ...rows(['CONFIG#*', 'SOURCE#*'], 'BatchGetItem'),
    ...rows(['LINK#*'], 'GetItem'),
    ...only(['DRIFT#*', 'DUE#*', 'ERROR#*', 'HOLD#*', 'MARK#*'], ['dynamodb:Query Table/index/work']),
    'sqs:SendMessage SyncQueue',
    'sqs:SendMessage FanOutQueue',
    ...logs('Poll'),
  ],
  SyncRole: [
    ...rows(
      ['SOURCE#*'],
      'GetItem',
      'BatchGetItem',
      'Query',
      'PutItem',
      'UpdateItem',
      'DeleteItem',
      'ConditionCheckItem',
    ),
    ...rows(['LINK#*'], 'GetItem'),
    ...rows(['HOOK#*'], 'DeleteItem'),
    ...rows(['HOST#*'], 'GetItem', 'UpdateItem'),
    ...rows(['CONFIG#*'], 'GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'),
    ...rows(['CONTENT#*'], 'GetItem', 'PutItem'),
    ...rows(['TEAMS', 'EVENTS#*'], 'PutItem'),
    ...rows(['METRIC#*'], 'UpdateItem'),
    ...works('SyncQueue'),
    'sqs:SendMessage SyncQueue',
    'sqs:SendMessage FanOutQueue',
    'kms:Decrypt DataKey if StringEquals kms:EncryptionContext:purpose git-token',
    ...logs('Sync'),
  ],
  FanOutRole: [
    ...rows(['CONFIG#*'], 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'),
    ...rows(['BOUND#*'], 'Query'),
    ...rows(['EVENTS#*'], 'PutItem'),
    ...rows(['METRIC#*'], 'UpdateItem'),
    ...works('FanOutQueue'),
    'sqs:SendMessage FanOutQueue',
    'kms:Sign SigningKey if StringEquals kms:SigningAlgorithm ECDSA_SHA_256',
    `sqs:SendMessage ${GATEWAY_QUEUES}`,
    ...logs('FanOut'),
  ],
  ApiRole: [
    ...items('GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'),
    'dynamodb:Query Table/index/list',
    'dynamodb:Query Table/index/work',
    'sqs:SendMessage SyncQueue',
    'sqs:SendMessage FanOutQueue',
    `sqs:CreateQueue ${GATEWAY_QUEUES}`,
    `sqs:DeleteQueue ${GATEWAY_QUEUES}`,
    `sqs:SendMessage ${GATEWAY_QUEUES}`,
    'kms:GenerateDataKey DataKey if StringEquals kms:EncryptionContext:purpose git-token|hook-secret',
    'kms:GetPublicKey SigningKey',
    'kms:GetPublicKey ProofKey',
    'kms:Sign ProofKey if StringEquals kms:SigningAlgorithm ECDSA_SHA_256',
    `sts:AssumeRole ${GATEWAY_QUEUE_ROLE}`,
    ...logs('Api'),
  ],
  GatewayQueueRole: [...works(GATEWAY_QUEUES), `sqs:ChangeMessageVisibility ${GATEWAY_QUEUES}`],
  EveryMinuteRole: ['lambda:InvokeFunction PollFunction'],
};

/** `action resource if test key value`, one for each action on each resource. */
function permissions(role: string): string[] {
  const policies: Properties[] = resource(template, role).Properties.Policies;
  return policies
    .flatMap((policy) => list(policy.PolicyDocument.Statement))
    .flatMap(({ Effect, Action, Resource, Condition }) => {
      expect(Effect).toBe('Allow');
      return list(Action).flatMap((action) =>
        list(Resource).map((on) => [action, word(on), ...conditions(Condition)].join(' ')),
      );
    })
    .sort();
}

const conditions = (condition: Properties = {}): string[] =>
  Object.entries<Properties>(condition).flatMap(([test, keys]) =>
    Object.entries<Properties>(keys).map(([key, value]) => `if ${test} ${key} ${list(value).join('|')}`),
  );

const everyStatement = ofType(template, 'AWS::IAM::Role').flatMap(([id]) => permissions(id));

describe('roles', () => {
  it('exist for the five functions, the schedule and the queues of gateways, and for nobody else', () => {
    const roles = ofType(template, 'AWS::IAM::Role').map(([id]) => id);
    expect(roles.sort()).toEqual(Object.keys(MAY).sort());
  });

  it.each(Object.entries(MAY))('%s may do exactly this', (role, expected) => {
    expect(permissions(role)).toEqual([...expected].sort());
  });

  it('name their statements, each once: what was used and what was not is told by these names', () => {
    for (const [role, { Properties: properties }] of ofType(template, 'AWS::IAM::Role')) {
      const names = properties.Policies.flatMap((policy: Properties) =>
        list(policy.PolicyDocument.Statement).map(({ Sid }) => Sid),
      );
      expect(new Set(names).size, role).toBe(names.length);
      expect(
        names.every((name: unknown) => typeof name === 'string' && /^\w+$/.test(name)),
        role,
      ).toBe(true);
    }
  });

  it('have no policy beside their own: none managed, none attached later', () => {
    for (const [, { Properties: role }] of ofType(template, 'AWS::IAM::Role')) {
      expect(role.ManagedPolicyArns).toBeUndefined();
      expect(role.PermissionsBoundary).toBeUndefined();
    }
    expect(ofType(template, 'AWS::IAM::Policy')).toEqual([]);
    expect(ofType(template, 'AWS::IAM::ManagedPolicy')).toEqual([]);
    expect(ofType(template, 'AWS::IAM::RolePolicy')).toEqual([]);
  });

  it('are assumed by one service each, the schedule only for this account; that of gateway queues by the API alone', () => {
    const trust = (role: string) =>
      resource(template, role).Properties.AssumeRolePolicyDocument.Statement.map(
        ({ Action, Principal, Condition }: Properties) => [Action, Principal, ...conditions(Condition)],
      );
    const others = ['EveryMinuteRole', 'GatewayQueueRole'];
    for (const role of Object.keys(MAY).filter((id) => !others.includes(id)))
      expect(trust(role)).toEqual([['sts:AssumeRole', { Service: 'lambda.amazonaws.com' }]]);
    expect(trust('GatewayQueueRole')).toEqual([
      ['sts:AssumeRole', { AWS: { 'Fn::GetAtt': ['ApiRole', 'Arn'] } }],
    ]);
    expect(resource(template, 'EveryMinuteRole').Properties.AssumeRolePolicyDocument.Statement).toEqual([
      {
        Action: 'sts:AssumeRole',
        Effect: 'Allow',
        Principal: { Service: 'scheduler.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      },
    ]);
  });
});

describe('nobody', () => {
  it.each(['dynamodb:Scan', 'dynamodb:PartiQL', 'dynamodb:DeleteTable', 'kms:ReEncrypt', 'sqs:PurgeQueue'])(
    'may %s',
    (action) => expect(everyStatement.filter((statement) => statement.startsWith(action))).toEqual([]),
  );

  it('is allowed an action with a wildcard', () => {
    expect(everyStatement.filter((statement) => statement.split(' ')[0]?.includes('*'))).toEqual([]);
  });

  it('is allowed a resource with a wildcard, but for the queues of gateways', () => {
    const wild = everyStatement.filter((statement) => statement.split(' if ')[0]?.includes('*'));
    expect(wild.every((statement) => statement.endsWith(` ${GATEWAY_QUEUES}`))).toBe(true);
    expect(wild.length).toBe(8);
  });
});

describe('secrets', () => {
  const who = (action: string) =>
    Object.keys(MAY).filter((role) => permissions(role).some((line) => line.startsWith(`${action} `)));

  it('are opened by the webhook (hook secrets) and by sync (git tokens), never by the API', () => {
    expect(who('kms:Decrypt')).toEqual(['WebhookRole', 'SyncRole']);
  });

  it('are sealed by the API alone', () => {
    expect(who('kms:GenerateDataKey')).toEqual(['ApiRole']);
    expect(who('kms:Encrypt')).toEqual([]);
  });

  it('versions are signed by fan-out alone, and proofs by the API, with another key', () => {
    expect(who('kms:Sign SigningKey')).toEqual(['FanOutRole']);
    expect(who('kms:Sign ProofKey')).toEqual(['ApiRole']);
    expect(who('kms:Sign')).toEqual(['FanOutRole', 'ApiRole']);
  });
});

describe('queues and topics', () => {
  it('grant nothing by themselves: a queue policy only denies what is not TLS', () => {
    const policies = ofType(template, 'AWS::SQS::QueuePolicy');
    expect(policies.length).toBe(4);
    for (const [, { Properties: policy }] of policies) {
      for (const { Effect, Action, Condition } of policy.PolicyDocument.Statement) {
        expect([Effect, Action, ...conditions(Condition)]).toEqual([
          'Deny',
          'sqs:*',
          'if Bool aws:SecureTransport false',
        ]);
      }
    }
  });

  it('let the alarms of this account, and nobody else, publish to the alarm topic', () => {
    const [, policy] = ofType(template, 'AWS::SNS::TopicPolicy')[0] ?? [];
    const allowed = policy?.Properties.PolicyDocument.Statement.filter(
      ({ Effect }: Properties) => Effect === 'Allow',
    );
    expect(allowed).toMatchObject([
      {
        Action: 'sns:Publish',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      },
    ]);
  });

  it('let API Gateway invoke the two functions it routes to, and only through this API', () => {
    const permits = ofType(template, 'AWS::Lambda::Permission').map(([, { Properties: permit }]) => [
      word(permit.FunctionName),
      permit.Principal,
      word(permit.SourceArn),
    ]);
    const routed = 'arn:AWS::Partition:execute-api:AWS::Region:AWS::AccountId:HttpApi';
    expect(permits.sort()).toEqual([
      ['ApiFunction', 'apigateway.amazonaws.com', `${routed}/*/*`],
      ['WebhookFunction', 'apigateway.amazonaws.com', `${routed}/*/*/v1/hooks/{hookId}`],
    ]);
  });
});
