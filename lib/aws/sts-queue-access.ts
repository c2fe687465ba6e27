/** Queue access by STS: the role of all gateway queues, narrowed down to one of them for one gateway. */
import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import type { QueueAccess } from '../ports.ts';

/** An hour is the longest that a role may be assumed for by a role. A deleted gateway's queue is gone before that. */
const LOAN_SECONDS = 3600;

const ACTIONS = [
  'sqs:ReceiveMessage',
  'sqs:DeleteMessage',
  'sqs:ChangeMessageVisibility',
  'sqs:GetQueueAttributes',
];

interface Place {
  readonly roleArn: string;
  /** The ARN of a queue is this and its name. */
  readonly queueArnPrefix: string;
  readonly endpoint: string | null;
}

export function stsQueueAccess(client: STSClient, place: Place): QueueAccess {
  // arn:partition:service:region:account:
  const region = place.queueArnPrefix.split(':')[3] ?? '';
  return {
    async lend(queueName, holder) {
      const { Credentials } = await client.send(
        new AssumeRoleCommand({
          RoleArn: place.roleArn,
          RoleSessionName: holder,
          DurationSeconds: LOAN_SECONDS,
          // What is allowed is what both allow, this policy and the role's own.
          Policy: JSON.stringify({
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Action: ACTIONS, Resource: place.queueArnPrefix + queueName }],
          }),
        }),
      );
      const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
      if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration)
        throw new Error('STS assumed the role and gave no credentials');
      return {
        region,
        endpoint: place.endpoint,
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        sessionToken: SessionToken,
        expiresAt: Expiration.toISOString(),
      };
    },
  };
}
