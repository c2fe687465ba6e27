/** What is kept and what waits, typed: tables, keys, queues, roles. */
import * as z from 'zod';
import { flag, kind, name, shaped } from './properties.ts';
import type { Resource, Template } from './template.ts';

const KEY_SCHEMA = z.array(z.object({ AttributeName: name, KeyType: z.enum(['HASH', 'RANGE']) }));
const TABLE = z.object({
  TableName: name.optional(),
  KeySchema: KEY_SCHEMA,
  AttributeDefinitions: z.array(z.object({ AttributeName: name, AttributeType: z.enum(['S', 'N', 'B']) })),
  GlobalSecondaryIndexes: z
    .array(
      z.object({
        IndexName: name,
        KeySchema: KEY_SCHEMA,
        Projection: z.object({
          ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
          NonKeyAttributes: z.array(name).optional(),
        }),
      }),
    )
    .default([]),
  TimeToLiveSpecification: z.object({ AttributeName: name, Enabled: flag }).optional(),
});

const KEY = z.object({
  KeySpec: z.enum(['SYMMETRIC_DEFAULT', 'ECC_NIST_P256']).default('SYMMETRIC_DEFAULT'),
  Description: z.string().default(''),
});

const attribute = z
  .union([z.string(), z.number(), z.boolean(), z.record(z.string(), z.unknown())])
  .transform((value) => (typeof value === 'object' ? JSON.stringify(value) : String(value)));
const QUEUE = z.object({
  QueueName: name.optional(),
  FifoQueue: attribute.optional(),
  ContentBasedDeduplication: attribute.optional(),
  DelaySeconds: attribute.optional(),
  MaximumMessageSize: attribute.optional(),
  MessageRetentionPeriod: attribute.optional(),
  ReceiveMessageWaitTimeSeconds: attribute.optional(),
  VisibilityTimeout: attribute.optional(),
  RedrivePolicy: attribute.optional(),
});

const ROLE = z.object({ RoleName: name.optional() });

export type Table = z.output<typeof TABLE> & { readonly id: string };
export type Key = z.output<typeof KEY> & { readonly id: string };
export interface Queue {
  readonly id: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export function tablesIn(template: Template): Table[] {
  const read = (resource: Resource) => ({ ...shaped(TABLE, resource, template), id: resource.id });
  return [...kind(template, 'AWS::DynamoDB::Table'), ...kind(template, 'AWS::DynamoDB::GlobalTable')].map(
    read,
  );
}

export function keysIn(template: Template): Key[] {
  return kind(template, 'AWS::KMS::Key').map((resource) => ({
    // Only these two: a key policy names roles that do not exist here.
    ...shaped(KEY, resource, template, ['KeySpec', 'Description']),
    id: resource.id,
  }));
}

export function queueNamesIn(template: Template): { id: string; name: string }[] {
  return kind(template, 'AWS::SQS::Queue').map((resource) => {
    const { QueueName, FifoQueue } = shaped(QUEUE, resource, template, ['QueueName', 'FifoQueue']);
    return { id: resource.id, name: QueueName ?? `${resource.id}${FifoQueue === 'true' ? '.fifo' : ''}` };
  });
}

/** Queues that others redrive to come first, so that a redrive policy always names a queue that exists. */
export function queuesIn(template: Template): Queue[] {
  const names = new Map(queueNamesIn(template).map((queue) => [queue.id, queue.name]));
  const queues = kind(template, 'AWS::SQS::Queue').map((resource) => {
    const { QueueName: _, ...attributes } = shaped(QUEUE, resource, template);
    const given = Object.entries(attributes).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    return {
      id: resource.id,
      name: names.get(resource.id) ?? resource.id,
      attributes: Object.fromEntries(given),
    };
  });
  return queues.sort(
    (a, b) => Number('RedrivePolicy' in a.attributes) - Number('RedrivePolicy' in b.attributes),
  );
}

export function roleNamesIn(template: Template): { id: string; name: string }[] {
  return kind(template, 'AWS::IAM::Role').map((resource) => ({
    id: resource.id,
    name: shaped(ROLE, resource, template, ['RoleName']).RoleName ?? resource.id,
  }));
}
