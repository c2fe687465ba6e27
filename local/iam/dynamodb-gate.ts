/**
 * The gate before DynamoDB, the one emulator that is a program of its own: every call is passed on as it came, or
 * refused as DynamoDB refuses it. Only functions come this way, and a function has its role's credentials or, as on
 * AWS, none that are good for anything. Bytes are handed through, since a server and a client per call would cost several
 * times as much as asking.
 */
import { connect, createServer, type Socket } from 'node:net';
import { describe, type StackLog } from '../log.ts';
import { LOOPBACK, listen } from '../net.ts';
import { AwsFailure, jsonName } from '../sts/failure.ts';
import { isTemporary, type Sessions } from '../sts/sessions.ts';
import { dynamoDbRequests, type Place } from './dynamodb-requests.ts';
import { type Frame, frameReader } from './frames.ts';

export interface DynamoDbGate {
  readonly endpoint: string;
  stop(): Promise<void>;
}

interface Options {
  /** Where calls go on to. */
  readonly endpoint: string;
  readonly place: Place;
  readonly sessions: Pick<Sessions, 'refusal'>;
  readonly log: StackLog;
}

export async function startDynamoDbGate({ endpoint, place, sessions, log }: Options): Promise<DynamoDbGate> {
  const { hostname, port } = new URL(endpoint);
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const onward = connect(Number(port), hostname);
    const read = frameReader();
    for (const [socket, other] of [
      [client, onward],
      [onward, client],
    ] as const) {
      open.add(socket);
      socket.setNoDelay(true);
      // What went wrong is for the other side to see as its own connection's end.
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        // Not at once: what one side said last is still on its way to the other.
        other.destroySoon();
      });
    }
    onward.on('data', (bytes) => client.write(bytes));
    client.on('data', (bytes) => {
      try {
        for (const frame of read(bytes)) {
          const refused = refusal(frame, place, sessions);
          if (refused) client.write(answerOf(refused));
          else onward.write(frame.bytes);
        }
      } catch (error) {
        log('dynamodb', describe(error));
        client.destroy();
      }
    });
  });
  const listening = await listen(server, 0);
  return {
    endpoint: `http://${LOOPBACK}:${listening}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

function refusal(
  { headers, body }: Frame,
  place: Place,
  sessions: Pick<Sessions, 'refusal'>,
): AwsFailure | null {
  const target = headers.get('x-amz-target') ?? '';
  const signed = { authorization: headers.get('authorization'), token: headers.get('x-amz-security-token') };
  if (!isTemporary(signed))
    return new AwsFailure('InvalidClientTokenId', 'The security token included in the request is invalid.');
  const operation = target.slice(target.indexOf('.') + 1);
  try {
    return sessions.refusal(signed, () =>
      dynamoDbRequests(operation, JSON.parse(body.toString('utf8')), place),
    );
  } catch (error) {
    // Fails closed: what is asked for is not known.
    return new AwsFailure('ValidationException', `${operation}: ${(error as Error).message}`);
  }
}

function answerOf(failure: AwsFailure): string {
  const body = JSON.stringify({
    __type: `com.amazon.coral.service#${jsonName(failure)}`,
    message: failure.message,
  });
  return [
    'HTTP/1.1 400 Bad Request',
    'content-type: application/x-amz-json-1.0',
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}
