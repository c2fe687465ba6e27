/** What a call to SQS asks for: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html */
import * as z from 'zod';
import { contextOf, type IamRequest } from './request.ts';

/** Whatever else a call has in it: these name their queue, and all others its URL. */
const BY_NAME: ReadonlySet<string> = new Set(['CreateQueue', 'GetQueueUrl']);

const CALL = z.object({
  QueueUrl: z.string().optional(),
  QueueName: z.string().optional(),
  tags: z.record(z.string(), z.string()).optional(),
});

/** A batch needs the permission of its parts; a queue that is made with tags needs the one for tags, too. */
export function sqsRequests(
  operation: string,
  body: unknown,
  queueArn: (name: string) => string,
): IamRequest[] {
  const { QueueUrl = '', QueueName = '', tags } = CALL.safeParse(body).data ?? {};
  const name = BY_NAME.has(operation) ? QueueName : QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1);
  const actions = [
    operation.replace(/Batch$/, ''),
    ...(operation === 'CreateQueue' && tags ? ['TagQueue'] : []),
  ];
  return actions.map((action) => ({
    action: `sqs:${action}`,
    resource: queueArn(name),
    context: contextOf({}),
  }));
}
