/** Permissions, as statements that name every action and every resource. Nothing here can scan a table. */
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { WorkQueue } from './queues.ts';
import type { KtTable } from './table.ts';

type ItemAction =
  | 'BatchGetItem'
  | 'ConditionCheckItem'
  | 'DeleteItem'
  | 'GetItem'
  | 'PutItem'
  | 'Query'
  | 'UpdateItem';

/** What a data key of ours may be used for: part of every encryption context. */
export type Purpose = 'git-token' | 'hook-secret';

/** A transaction needs the permissions of its parts: there is no action of its own. */
export const items = (table: KtTable, ...actions: readonly ItemAction[]) =>
  new PolicyStatement({
    sid: 'Items',
    actions: actions.map((action) => `dynamodb:${action}`),
    resources: [table.tableArn],
  });

/** Which actions on which kinds of rows: `TOKEN` is every row whose partition key begins with `TOKEN#`. */
export type Rows = Readonly<Record<string, readonly ItemAction[]>>;

/** A statement for the kinds that allow the same, so that nothing is allowed on a kind that only another needs. */
export function rows(table: KtTable, allowed: Rows): PolicyStatement[] {
  const kinds = Object.entries(allowed);
  const sets = new Map(kinds.map(([, actions]) => [actions.toSorted().join(), actions]));
  return [...sets].map(([set, actions]) => {
    const alike = kinds.filter(([, others]) => others.toSorted().join() === set).map(([kind]) => kind);
    return new PolicyStatement({
      sid: `Rows${alike.map((kind) => kind.charAt(0) + kind.slice(1).toLowerCase()).join('')}`,
      actions: actions.map((action) => `dynamodb:${action}`),
      resources: [table.tableArn],
      conditions: leadingKeys(alike),
    });
  });
}

/** A kind of which there is one partition has no id in its key. */
const partitions = (kind: string) => (kind === 'TEAMS' ? [kind] : [`${kind}#*`]);
const leadingKeys = (kinds: readonly string[]) => ({
  'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': kinds.flatMap(partitions) },
});

export const queryIndexes = (table: KtTable) =>
  new PolicyStatement({
    sid: 'Indexes',
    actions: ['dynamodb:Query'],
    resources: [table.indexArn('list'), table.indexArn('work')],
  });

/** Work of these kinds only. */
export const queryWork = (table: KtTable, ...kinds: readonly string[]) =>
  new PolicyStatement({
    sid: 'Indexes',
    actions: ['dynamodb:Query'],
    resources: [table.indexArn('work')],
    conditions: leadingKeys(kinds),
  });

export const send = (...to: readonly WorkQueue[]) =>
  new PolicyStatement({
    sid: 'Send',
    actions: ['sqs:SendMessage'],
    resources: to.map((work) => work.queue.queueArn),
  });

/** What Lambda asks of a queue that it polls: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const POLL = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];

export const work = (from: WorkQueue) =>
  new PolicyStatement({ sid: 'Work', actions: POLL, resources: [from.queue.queueArn] });

/** A gateway may also put a message back before its time. */
export const receiveFrom = (queues: string) =>
  new PolicyStatement({
    sid: 'Receive',
    actions: [...POLL, 'sqs:ChangeMessageVisibility'],
    resources: [queues],
  });

export const decrypt = (key: IKey, purpose: Purpose) =>
  new PolicyStatement({
    sid: 'Decrypt',
    actions: ['kms:Decrypt'],
    resources: [key.keyArn],
    conditions: { StringEquals: { 'kms:EncryptionContext:purpose': purpose } },
  });

export const encrypt = (key: IKey, ...purposes: readonly Purpose[]) =>
  new PolicyStatement({
    sid: 'Encrypt',
    actions: ['kms:GenerateDataKey'],
    resources: [key.keyArn],
    conditions: { StringEquals: { 'kms:EncryptionContext:purpose': purposes } },
  });

export const sign = (key: IKey) =>
  new PolicyStatement({
    sid: 'Sign',
    actions: ['kms:Sign'],
    resources: [key.keyArn],
    conditions: { StringEquals: { 'kms:SigningAlgorithm': 'ECDSA_SHA_256' } },
  });

export const readPublicKey = (...keys: readonly IKey[]) =>
  new PolicyStatement({
    sid: 'PublicKey',
    actions: ['kms:GetPublicKey'],
    resources: keys.map((key) => key.keyArn),
  });

export const tellGateways = (queues: string) =>
  new PolicyStatement({ sid: 'TellGateways', actions: ['sqs:SendMessage'], resources: [queues] });

export const manageGatewayQueues = (queues: string) =>
  new PolicyStatement({
    sid: 'GatewayQueues',
    actions: ['sqs:CreateQueue', 'sqs:DeleteQueue'],
    resources: [queues],
  });

export const lendGatewayQueues = (role: string) =>
  new PolicyStatement({ sid: 'LendGatewayQueues', actions: ['sts:AssumeRole'], resources: [role] });

export const writeLog = (log: ILogGroup) =>
  new PolicyStatement({
    sid: 'Log',
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [log.logGroupArn],
  });
