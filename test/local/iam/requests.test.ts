/** What a call asks for: the permission, the resource and the keys of conditions, of each operation. */
import { describe, expect, it } from 'vitest';
import { dynamoDbRequests } from '../../../local/iam/dynamodb-requests.ts';
import { frameReader } from '../../../local/iam/frames.ts';
import { kmsRequests } from '../../../local/iam/kms-requests.ts';
import type { IamRequest } from '../../../local/iam/request.ts';
import { sqsRequests } from '../../../local/iam/sqs-requests.ts';

const place = {
  tableArn: (name: string) => `arn:${name}`,
  keyName: (_table: string, index: string | null) => (index === null ? 'pk' : 'wpk'),
};
const S = (text: string) => ({ S: text });
const Key = { pk: S('A#1'), sk: S('MAIN') };
const TableName = 'T';

/** `action resource rows`. */
const short = (requests: readonly IamRequest[]) =>
  requests.map(({ action, resource, context }) =>
    [action, resource, ...(context['dynamodb:leadingkeys'] ?? [])].join(' '),
  );
const asks = (operation: string, body: object) => short(dynamoDbRequests(operation, body, place));

describe('a call to DynamoDB', () => {
  it.each<[string, object, readonly string[]]>([
    ['GetItem', { TableName, Key }, ['dynamodb:GetItem arn:T A#1']],
    ['DeleteItem', { TableName, Key }, ['dynamodb:DeleteItem arn:T A#1']],
    ['UpdateItem', { TableName, Key, UpdateExpression: 'SET a = :a' }, ['dynamodb:UpdateItem arn:T A#1']],
    ['PutItem', { TableName, Item: { ...Key, pk: S('B#2') } }, ['dynamodb:PutItem arn:T B#2']],
    [
      'Query',
      {
        TableName,
        KeyConditionExpression: '#n1 < :v1 AND #n0 = :v0',
        ExpressionAttributeNames: { '#n0': 'pk', '#n1': 'sk' },
        ExpressionAttributeValues: { ':v0': S('A#1'), ':v1': S('z') },
      },
      ['dynamodb:Query arn:T A#1'],
    ],
    [
      'Query',
      {
        TableName,
        IndexName: 'work',
        KeyConditionExpression: 'wpk = :v',
        ExpressionAttributeValues: { ':v': S('DUE#0') },
      },
      ['dynamodb:Query arn:T/index/work DUE#0'],
    ],
    [
      'BatchGetItem',
      { RequestItems: { T: { Keys: [Key, { pk: S('B#2') }] }, U: { Keys: [Key] } } },
      ['dynamodb:BatchGetItem arn:T A#1 B#2', 'dynamodb:BatchGetItem arn:U A#1'],
    ],
    [
      'BatchWriteItem',
      { RequestItems: { T: [{ PutRequest: { Item: Key } }, { DeleteRequest: { Key: { pk: S('B#2') } } }] } },
      ['dynamodb:BatchWriteItem arn:T A#1 B#2'],
    ],
    [
      'TransactWriteItems',
      {
        TransactItems: [
          { Put: { TableName, Item: Key } },
          { Update: { TableName, Key } },
          { Delete: { TableName, Key: { pk: S('B#2') } } },
          { ConditionCheck: { TableName, Key: { pk: S('C#3') } } },
        ],
      },
      [
        'dynamodb:PutItem arn:T A#1',
        'dynamodb:UpdateItem arn:T A#1',
        'dynamodb:DeleteItem arn:T B#2',
        'dynamodb:ConditionCheckItem arn:T C#3',
      ],
    ],
    ['TransactGetItems', { TransactItems: [{ Get: { TableName, Key } }] }, ['dynamodb:GetItem arn:T A#1']],
    // No rows: that is why a scan passes every condition on rows.
    ['Scan', { TableName, IndexName: 'work' }, ['dynamodb:Scan arn:T/index/work']],
    ['DescribeTable', { TableName }, ['dynamodb:DescribeTable arn:T']],
    ['ListTables', {}, ['dynamodb:ListTables *']],
    [
      'ExecuteStatement',
      { Statement: `SELECT * FROM "T"."work" WHERE wpk = 'DUE#0'` },
      ['dynamodb:PartiQLSelect arn:T/index/work (not worked out)'],
    ],
    [
      'BatchExecuteStatement',
      { Statements: [{ Statement: 'delete from T where pk = ?' }, { Statement: 'UPDATE "T" SET a = 1' }] },
      ['dynamodb:PartiQLDelete arn:T (not worked out)', 'dynamodb:PartiQLUpdate arn:T (not worked out)'],
    ],
  ])('%s %j', (operation, body, expected) => {
    expect(asks(operation, body)).toEqual(expected);
  });

  it.each<[string, string, object, readonly string[]]>([
    [
      'a key beside what is put',
      'PutItem',
      { TableName, Key, Item: { pk: S('B#2') } },
      ['dynamodb:PutItem arn:T B#2'],
    ],
    [
      'a key beside what is put in a batch',
      'BatchWriteItem',
      { RequestItems: { T: [{ PutRequest: { Key, Item: { pk: S('B#2') } } }] } },
      ['dynamodb:BatchWriteItem arn:T B#2'],
    ],
    [
      'an item beside the key of what is updated',
      'TransactWriteItems',
      { TransactItems: [{ Update: { TableName, Key: { pk: S('B#2') }, Item: Key } }] },
      ['dynamodb:UpdateItem arn:T B#2'],
    ],
  ])('is about what DynamoDB takes it to be about: %s', (_what, operation, body, expected) => {
    expect(asks(operation, body)).toEqual(expected);
  });

  it.each([
    ['GetItem', { TableName, Key }],
    ['Query', { TableName, IndexName: 'x' }],
    ['BatchGetItem', { RequestItems: { T: { Keys: [Key] } } }],
  ])('on a table that is not known is a call for rows of no kind, and no error: %s', (operation, body) => {
    const [request] = dynamoDbRequests(operation, body, { ...place, keyName: () => null });
    expect(request?.context['dynamodb:leadingkeys']).toEqual(['(not worked out)']);
  });

  it('says what else conditions may be about', () => {
    const [get] = dynamoDbRequests(
      'TransactGetItems',
      { TransactItems: [{ Get: { TableName, Key } }] },
      place,
    );
    expect(get?.context['dynamodb:enclosingoperation']).toEqual(['TransactGetItems']);
    const update = { TableName, Key, ReturnValues: 'ALL_NEW' };
    expect(dynamoDbRequests('UpdateItem', update, place)[0]?.context['dynamodb:returnvalues']).toEqual([
      'ALL_NEW',
    ]);
  });

  it('that is a query of no partition is an error, and not a query of any', () => {
    expect(() => asks('Query', { TableName, KeyConditionExpression: 'sk = :v' })).toThrow('no partition');
    expect(() => asks('Query', { TableName })).toThrow('no partition');
  });
});

describe('a call to SQS', () => {
  it.each<[string, object, readonly string[]]>([
    ['SendMessage', { QueueUrl: 'http://h/0/q' }, ['sqs:SendMessage arn:q']],
    ['SendMessageBatch', { QueueUrl: 'http://h/0/q' }, ['sqs:SendMessage arn:q']],
    ['DeleteMessageBatch', { QueueUrl: 'http://h/0/q' }, ['sqs:DeleteMessage arn:q']],
    ['CreateQueue', { QueueName: 'q' }, ['sqs:CreateQueue arn:q']],
    ['CreateQueue', { QueueName: 'q', tags: { a: 'b' } }, ['sqs:CreateQueue arn:q', 'sqs:TagQueue arn:q']],
    ['GetQueueUrl', { QueueName: 'q', QueueUrl: 'http://h/0/other' }, ['sqs:GetQueueUrl arn:q']],
    ['ReceiveMessage', { QueueName: 'q', QueueUrl: 'http://h/0/other' }, ['sqs:ReceiveMessage arn:other']],
    ['ListQueues', {}, ['sqs:ListQueues arn:']],
  ])('%s %j', (operation, body, expected) => {
    expect(short(sqsRequests(operation, body, (name) => `arn:${name}`))).toEqual(expected);
  });
});

describe('a call to KMS', () => {
  const key = { key: 'arn:k', destination: null };

  it('has what the data is bound to as conditions, by key and as a list of keys', () => {
    const [request] = kmsRequests('Decrypt', { EncryptionContext: { purpose: 'git-token', v: '1' } }, key);
    expect(request).toMatchObject({ action: 'kms:Decrypt', resource: 'arn:k' });
    expect(request?.context).toEqual({
      'aws:securetransport': ['true'],
      'kms:encryptioncontext:purpose': ['git-token'],
      'kms:encryptioncontext:v': ['1'],
      'kms:encryptioncontextkeys': ['purpose', 'v'],
      'kms:encryptionalgorithm': ['SYMMETRIC_DEFAULT'],
    });
  });

  it('has no such key when nothing is bound', () => {
    const [request] = kmsRequests('GenerateDataKey', {}, key);
    expect(Object.keys(request?.context ?? {})).toEqual(['aws:securetransport']);
  });

  it('signs with an algorithm, and asks for both keys when it encrypts anew', () => {
    const [sign] = kmsRequests('Sign', { SigningAlgorithm: 'ECDSA_SHA_256' }, key);
    expect(sign?.context).toMatchObject({
      'kms:signingalgorithm': ['ECDSA_SHA_256'],
      'kms:messagetype': ['RAW'],
    });
    const both = kmsRequests(
      'ReEncrypt',
      { SourceEncryptionContext: { a: '1' } },
      { ...key, destination: 'arn:d' },
    );
    expect(short(both)).toEqual(['kms:ReEncryptFrom arn:k', 'kms:ReEncryptTo arn:d']);
  });
});

describe('requests on a connection', () => {
  const request = (body: string) =>
    `POST / HTTP/1.1\r\nX-Amz-Target: D.GetItem\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

  it('are read wherever the bytes are cut', () => {
    const bytes = Buffer.from(request('{"a":1}') + request('') + request('{}'));
    for (let size = 1; size <= bytes.length; size++) {
      const read = frameReader();
      const frames = [];
      for (let at = 0; at < bytes.length; at += size) frames.push(...read(bytes.subarray(at, at + size)));
      expect(frames.map(({ body }) => body.toString())).toEqual(['{"a":1}', '', '{}']);
      expect(Buffer.concat(frames.map((frame) => frame.bytes))).toEqual(bytes);
      expect(frames[0]?.headers.get('x-amz-target')).toBe('D.GetItem');
    }
  });

  it.each([
    ['a length that is not known beforehand', 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['a length that is none', 'POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n'],
    ['more than DynamoDB takes', 'POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n'],
    ['a head without an end', 'x'.repeat(70_000)],
  ])('are not guessed at: %s', (_what, text) => {
    expect(() => frameReader()(Buffer.from(text))).toThrow();
  });
});
