/** A work queue, and the queue for what could not be worked. */
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';

/** A message that failed this often is a person's problem. */
const MAX_RECEIVES = 5;
/** AWS's advice for a queue that feeds a function: room for throttled and retried batches. */
const TIMEOUTS_PER_VISIBILITY = 6;

const guarded = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true } as const;

export interface WorkQueueProps {
  /** Timeout of the function that works this queue. */
  readonly workerTimeout: Duration;
}

export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { workerTimeout }: WorkQueueProps) {
    super(scope, id);
    this.deadLetters = new Queue(this, 'DeadLetters', { ...guarded, retentionPeriod: Duration.days(14) });
    this.queue = new Queue(this, 'Queue', {
      ...guarded,
      visibilityTimeout: Duration.seconds(workerTimeout.toSeconds() * TIMEOUTS_PER_VISIBILITY),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVES },
    });
  }
}
