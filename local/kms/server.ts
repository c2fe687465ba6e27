/** KMS on this machine: AWS JSON 1.1 over HTTP, real keys, real encryption. Not a security boundary: the keys are on the same disk. */
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { readBody } from '../http/body.ts';
import { kmsRequests } from '../iam/kms-requests.ts';
import { describe, type StackLog } from '../log.ts';
import { closeNow, LOOPBACK, listen } from '../net.ts';
import { jsonName } from '../sts/failure.ts';
import type { Sessions } from '../sts/sessions.ts';
import { KmsFailure } from './failure.ts';
import { type Keyring, keyring } from './keyring.ts';
import { openKeyFile } from './keys.ts';
import { keysOf } from './named.ts';
import { OPERATIONS } from './operations.ts';

export interface LocalKms {
  readonly endpoint: string;
  stop(): Promise<void>;
}

interface Options {
  readonly folder: string;
  readonly region: string;
  /** What temporary credentials may do; any others may do everything. */
  readonly sessions: Pick<Sessions, 'refusal'>;
  readonly log: StackLog;
}

/** The largest request: a 6,144-byte ciphertext, base64, with an 8 KB context. */
const MAX_REQUEST = 64 * 1024;
const TARGET = 'TrentService.';

export async function startKms({ folder, region, sessions, log }: Options): Promise<LocalKms> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const keys = keyring(openKeyFile(join(folder, 'kms-keys.json')), region);
  const server = createServer((request, response) => {
    answer(request, keys, sessions).then(
      (body) => send(response, 200, body),
      (error) => {
        const failure =
          error instanceof KmsFailure ? error : new KmsFailure('KMSInternalException', 'failed', 500);
        if (failure !== error) log('kms', describe(error));
        send(response, failure.status, { __type: failure.name, message: failure.message });
      },
    );
  });
  const port = await listen(server, 0);
  return {
    endpoint: `http://${LOOPBACK}:${port}`,
    stop: () => closeNow(server),
  };
}

async function answer(
  request: IncomingMessage,
  keys: Keyring,
  sessions: Pick<Sessions, 'refusal'>,
): Promise<object> {
  const target = String(request.headers['x-amz-target'] ?? '');
  const operation = target.startsWith(TARGET) ? OPERATIONS.get(target.slice(TARGET.length)) : undefined;
  if (!operation)
    throw new KmsFailure('UnknownOperationException', `${target || 'no target'} is not an operation here`);
  const body = await readBody(request, MAX_REQUEST);
  if (body.kind !== 'read') throw new KmsFailure('SerializationException', 'the request could not be read');
  const call = parse(body.bytes);
  const { authorization, 'x-amz-security-token': token } = request.headers;
  const refusal = sessions.refusal({ authorization, token: token?.toString() }, () =>
    kmsRequests(target.slice(TARGET.length), call, keysOf(call, keys)),
  );
  if (refusal) throw new KmsFailure(jsonName(refusal), refusal.message);
  return operation(call, keys);
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new KmsFailure('SerializationException', 'the request is not JSON');
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.1',
    'x-amzn-requestid': randomUUID(),
  });
  response.end(JSON.stringify(body));
}
