/** A recorder between a function and the AWS endpoints: passes every call on, and writes down what it was. */
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Service = 'dynamodb' | 'sqs' | 'kms' | 'sts';

export interface Recorder {
  /** Variables that send a function's calls through here. */
  readonly env: Readonly<Record<string, string>>;
  /** `action resource`, as an IAM policy would have to allow it. */
  readonly calls: ReadonlySet<string>;
  /** `table KIND` or `index KIND`: what the partition keys it touched begin with. */
  readonly kinds: ReadonlySet<string>;
  /** Where calls go on to; set once the stack has started. */
  forwardTo(endpoints: Readonly<Record<Service, string>>): void;
  close(): Promise<void>;
}

interface Keyed {
  readonly pk?: { readonly S?: string };
}

interface Call {
  readonly Key?: Keyed;
  readonly Item?: Keyed;
  /** Of a query: the first value is the partition. */
  readonly KeyConditionExpression?: string;
  readonly ExpressionAttributeValues?: Readonly<Record<string, { readonly S?: string }>>;
  readonly RequestItems?: Readonly<Record<string, { readonly Keys?: readonly Keyed[] }>>;
  readonly QueueUrl?: string;
  readonly QueueName?: string;
  readonly IndexName?: string;
  readonly EncryptionContext?: { readonly purpose?: string };
  readonly TransactItems?: readonly Readonly<Record<string, Call>>[];
}

/** The permission that each operation asks for, when it is not called like the operation. */
const PERMISSION: Readonly<Record<string, string>> = { SendMessageBatch: 'SendMessage' };

export async function startRecorder(): Promise<Recorder> {
  const calls = new Set<string>();
  const kinds = new Set<string>();
  let endpoints: Readonly<Record<Service, string>> | null = null;
  const server = createServer((request, response) => {
    const [, service = '', ...path] = (request.url ?? '').split('/');
    void pass(request, response, service as Service, `/${path.join('/')}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function pass(request: IncomingMessage, response: ServerResponse, service: Service, path: string) {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const query = service === 'sts' ? new URLSearchParams(body.toString('utf8')) : null;
    const target = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
    const operation = query?.get('Action') ?? target;
    const call: Call = query ? {} : JSON.parse(body.toString('utf8'));
    for (const permission of permissions(service, operation, call)) calls.add(permission);
    const on = call.IndexName ? 'index' : 'table';
    if (service === 'dynamodb')
      for (const key of partitionKeys(call)) kinds.add(`${on} ${key.split('#')[0]}`);
    const onward = send(
      `${endpoints?.[service]}${path}`,
      { method: 'POST', headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.destroy());
    onward.end(body);
  }

  return {
    env: {
      AWS_ENDPOINT_URL_DYNAMODB: `${url}/dynamodb`,
      AWS_ENDPOINT_URL_SQS: `${url}/sqs`,
      AWS_ENDPOINT_URL_KMS: `${url}/kms`,
      AWS_ENDPOINT_URL_STS: `${url}/sts`,
    },
    calls,
    kinds,
    forwardTo: (to) => {
      endpoints = to;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function permissions(service: Service, operation: string, call: Call): string[] {
  const action = PERMISSION[operation] ?? operation;
  if (service === 'sts') return [`sts:${action}`];
  if (service === 'kms')
    return [`kms:${action}${call.EncryptionContext ? ` ${call.EncryptionContext.purpose}` : ''}`];
  if (service === 'sqs') return [`sqs:${action} ${queueOf(call.QueueName ?? call.QueueUrl ?? '')}`];
  if (operation === 'TransactWriteItems') {
    return (call.TransactItems ?? [])
      .flatMap(Object.keys)
      .map((part) => `dynamodb:${TRANSACTION_PART[part]} table`);
  }
  return [`dynamodb:${action} ${call.IndexName ? 'index' : 'table'}`];
}

function partitionKeys(call: Call): string[] {
  const own = [call.Key?.pk?.S, call.Item?.pk?.S];
  if (call.KeyConditionExpression) own.push(call.ExpressionAttributeValues?.[':v0']?.S);
  const batched = Object.values(call.RequestItems ?? {}).flatMap(({ Keys = [] }) =>
    Keys.map(({ pk }) => pk?.S),
  );
  const parts = (call.TransactItems ?? []).flatMap((item) => Object.values(item).flatMap(partitionKeys));
  return [...own, ...batched, ...parts].flatMap((key) => key ?? []);
}

/** A transaction needs the permissions of its parts. */
const TRANSACTION_PART: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
};

function queueOf(name: string): string {
  const last = name.slice(name.lastIndexOf('/') + 1);
  if (last.includes('-gw-')) return 'gateway';
  return /fan-?out/i.test(last) ? 'fan-out' : 'sync';
}
