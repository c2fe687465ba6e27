/** An SQS batch, message by message: one that fails comes back, its neighbours do not. */
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Log } from '../lib/log.ts';

/**
 * `fact` names the log line of each message. An error's text is logged and its stack is not: what our own store
 * and queue say names tables and requests, never a secret.
 */
export function batchHandler(handle: (body: string) => Promise<object>, log: Log, fact: string) {
  return async (event: SQSEvent): Promise<SQSBatchResponse> => {
    const failures = await Promise.all(
      event.Records.map(async ({ messageId, body }) => {
        try {
          log.fact(fact, { sqs_message: messageId, ...(await handle(body)) });
          return [];
        } catch (error) {
          log.fact(`${fact}.error`, { sqs_message: messageId, why: textOf(error) });
          return [{ itemIdentifier: messageId }];
        }
      }),
    );
    return { batchItemFailures: failures.flat() };
  };
}

const MOST_CAUSES = 5;

/** With its causes: the last of them is where the trouble began. Some have themselves for one. */
function textOf(error: unknown, causes = MOST_CAUSES): string {
  if (!(error instanceof Error)) return 'unknown';
  const text = `${error.name}: ${error.message}`;
  return error.cause instanceof Error && causes > 0 ? `${text} (${textOf(error.cause, causes - 1)})` : text;
}
