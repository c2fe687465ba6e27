/** The gateways' own queues: not in the template, because the API makes one for each gateway it registers. */
import { ArnPrincipal, PolicyDocument, Role } from 'aws-cdk-lib/aws-iam';
import { Arn, ArnFormat, type Stack, Validations } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';
import type { KtFunction } from './functions.ts';
import { receiveFrom } from './permissions.ts';

/** A queue name holds 80 characters, and a gateway id wants its share; a role name holds 64, with the region in it. */
const STACK_NAME_MAX = 40;

export interface GatewayQueues {
  /** Queue names are this and the gateway id. */
  readonly prefix: string;
  /** Every gateway queue of this stack, and no other queue of the account. */
  readonly arns: string;
  /** The ARN of a queue is this and its name. */
  readonly arnPrefix: string;
  /** What a gateway acts as when it reads its own queue. */
  readonly roleArn: string;
  /** Makes that role, for this function alone to assume, with a session policy that names one queue. */
  lendBy(api: KtFunction): void;
  /** Acknowledges, for this function or role, the one wildcard that queues made at run time need. */
  allowWildcard(of: IConstruct): void;
}

export function gatewayQueues(stack: Stack): GatewayQueues {
  if (stack.stackName.length > STACK_NAME_MAX)
    throw new Error(
      `the stack's name is part of every gateway queue's: at most ${STACK_NAME_MAX} characters`,
    );
  const prefix = `${stack.stackName}-gw-`;
  const resource = `${prefix}*`;
  const arns = Arn.format({ service: 'sqs', resource }, stack);
  // By name, since each of the two roles names the other. Roles are global, so the region is part of it.
  const roleName = prefix + stack.region;
  const allowWildcard = (of: IConstruct) =>
    Validations.of(of).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:sqs:<AWS::Region>:<AWS::AccountId>:${resource}]`,
      reason: 'Gateway queues are made at run time; the prefix is the narrowest name they share.',
    });
  return {
    prefix,
    arns,
    arnPrefix: Arn.format({ service: 'sqs', resource: '' }, stack),
    roleArn: Arn.format(
      {
        service: 'iam',
        region: '',
        resource: 'role',
        resourceName: roleName,
        arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
      },
      stack,
    ),
    lendBy: (api) =>
      allowWildcard(
        new Role(stack, 'GatewayQueueRole', {
          roleName,
          description: 'What a gateway reads its own queue as: the API narrows it down to that one queue',
          assumedBy: new ArnPrincipal(api.role.roleArn),
          inlinePolicies: { queue: new PolicyDocument({ statements: [receiveFrom(arns)] }) },
        }),
      ),
    allowWildcard,
  };
}
