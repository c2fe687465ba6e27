/** The queue in SQS. Loaded when it is first asked for: the SDK takes longer to load than all the rest. */
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Lent } from './api.ts';
import { type Queue, QueueTrouble } from './queue.ts';
import { oneLine, whyOf } from './why.ts';

/** The longest that SQS waits for a message. */
const WAIT_SECONDS = 20;
const BATCH = 10;
/** A connection that died unnoticed must not be waited on for ever. */
const REQUEST_TIMEOUT_MS = (WAIT_SECONDS + 10) * 1000;
const CONNECTION_TIMEOUT_MS = 5000;

export function sqsQueue({ grant, clockOffsetMs }: Lent): Queue {
  const { access_key_id, secret_access_key, session_token } = grant.credentials;
  const client = new SQSClient({
    region: grant.region,
    ...(grant.endpoint === null ? {} : { endpoint: grant.endpoint }),
    useQueueUrlAsEndpoint: false,
    // Without their expiry: the SDK would judge it by this machine's clock.
    credentials: {
      accessKeyId: access_key_id,
      secretAccessKey: secret_access_key,
      sessionToken: session_token,
    },
    // Requests carry the time, and SQS refuses those of a clock that is off.
    systemClockOffset: clockOffsetMs,
    maxAttempts: 2,
    requestHandler: { requestTimeout: REQUEST_TIMEOUT_MS, connectionTimeout: CONNECTION_TIMEOUT_MS },
  });
  const QueueUrl = grant.queue_url;

  return {
    async receive(signal) {
      const asking = { QueueUrl, MaxNumberOfMessages: BATCH, WaitTimeSeconds: WAIT_SECONDS };
      try {
        const { Messages = [] } = await client.send(new ReceiveMessageCommand(asking), {
          abortSignal: signal,
        });
        return Messages.map(({ Body = '', ReceiptHandle = '' }) => ({ body: Body, handle: ReceiptHandle }));
      } catch (error) {
        throw troubleOf(error);
      }
    },
    async remove(handle) {
      try {
        await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: handle }));
      } catch (error) {
        throw troubleOf(error);
      }
    },
    close: () => client.destroy(),
  };
}

const GONE = /(QueueDoesNotExist|NonExistentQueue)$/;
const REFUSED =
  /(AccessDenied|ExpiredToken|InvalidClientTokenId|UnrecognizedClient|InvalidAccessKeyId|SignatureDoesNotMatch|InvalidSignature|MissingAuthenticationToken|AuthFailure|NotAuthorized|InvalidToken|InvalidSecurity|RequestExpired|RequestTimeTooSkewed)/;

/** Emulators and protocols spell the names differently. */
function troubleOf(error: unknown): QueueTrouble {
  const name = error instanceof Error ? error.name : '';
  if (GONE.test(name)) return new QueueTrouble('gone', 'the queue is not there');
  if (REFUSED.test(name))
    return new QueueTrouble('credentials', oneLine(`its credentials are refused (${name})`));
  return new QueueTrouble('other', whyOf(error));
}
