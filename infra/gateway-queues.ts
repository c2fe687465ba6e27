/** The gateways' own queues: not in the template, because the API makes one for each gateway it registers. */
import { Arn, type Stack, Validations } from 'aws-cdk-lib/core';
import type { KtFunction } from './functions.ts';

/** A queue name holds 80 characters, and a gateway id wants its share. */
const STACK_NAME_MAX = 40;

export interface GatewayQueues {
  /** Queue names are this and the gateway id. */
  readonly prefix: string;
  /** Every gateway queue of this stack, and no other queue of the account. */
  readonly arns: string;
  /** Acknowledges, for this function, the one wildcard that queues made at run time need. */
  allowWildcard(of: KtFunction): void;
}

export function gatewayQueues(stack: Stack): GatewayQueues {
  if (stack.stackName.length > STACK_NAME_MAX)
    throw new Error(
      `the stack's name is part of every gateway queue's: at most ${STACK_NAME_MAX} characters`,
    );
  const prefix = `${stack.stackName}-gw-`;
  const resource = `${prefix}*`;
  return {
    prefix,
    arns: Arn.format({ service: 'sqs', resource }, stack),
    allowWildcard: (of) =>
      Validations.of(of).acknowledge({
        id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:sqs:<AWS::Region>:<AWS::AccountId>:${resource}]`,
        reason: 'Gateway queues are made at run time; the prefix is the narrowest name they share.',
      }),
  };
}
