/** Makes a queue of the template where it is missing. */
import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Queue } from '../template/state.ts';

/** A queue that is there already, from an earlier start, gets the attributes the template has now. */
export async function ensureQueue({ name, attributes }: Queue, client: SQSClient): Promise<void> {
  const existing = await client.send(new GetQueueUrlCommand({ QueueName: name })).catch(() => undefined);
  if (existing === undefined)
    await client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
  else if (Object.keys(attributes).length > 0) {
    await client.send(new SetQueueAttributesCommand({ QueueUrl: existing.QueueUrl, Attributes: attributes }));
  }
}
