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

/** The same for some kinds of rows only: `TOKEN` is every row whose partition key begins with `TOKEN#`. */
export const itemsOf = (table: KtTable, kinds: readonly string[], ...actions: readonly ItemAction[]) => {
  const statement = items(table, ...actions);
  statement.addCondition('ForAllValues:StringLike', { 'dynamodb:LeadingKeys': kinds.flatMap(partitions) });
  return statement;
};

/** A kind of which there is one partition has no id in its key. */
const partitions = (kind: string) => (kind === 'TEAMS' ? [kind] : [`${kind}#*`]);

export const queryIndexes = (table: KtTable) =>
  new PolicyStatement({ sid: 'Indexes', actions: ['dynamodb:Query'], resources: [...table.indexArns] });

export const queryIndexesOf = (table: KtTable, kinds: readonly string[]) => {
  const statement = queryIndexes(table);
  statement.addCondition('ForAllValues:StringLike', { 'dynamodb:LeadingKeys': kinds.flatMap(partitions) });
  return statement;
};

export const send = (...to: readonly WorkQueue[]) =>
  new PolicyStatement({
    sid: 'Send',
    actions: ['sqs:SendMessage'],
    resources: to.map((work) => work.queue.queueArn),
  });

const RECEIVE = [
  'sqs:ReceiveMessage',
  'sqs:DeleteMessage',
  'sqs:ChangeMessageVisibility',
  'sqs:GetQueueAttributes',
];

export const work = (from: WorkQueue) =>
  new PolicyStatement({ sid: 'Work', actions: RECEIVE, resources: [from.queue.queueArn] });

export const receiveFrom = (queues: string) =>
  new PolicyStatement({ sid: 'Receive', actions: RECEIVE, resources: [queues] });

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
