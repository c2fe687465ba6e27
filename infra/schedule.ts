/** The schedule: wakes the poller every minute. */
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Aws } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { KtFunction } from './functions.ts';

export class EveryMinute extends Construct {
  constructor(scope: Construct, id: string, wakes: KtFunction) {
    super(scope, id);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        // Or another account's schedule could borrow the role (the confused deputy).
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      inlinePolicies: {
        wake: new PolicyDocument({
          statements: [
            new PolicyStatement({
              sid: 'Wake',
              actions: ['lambda:InvokeFunction'],
              resources: [wakes.function.functionArn],
            }),
          ],
        }),
      },
    });
    // Not the L2 target: it would also allow every version of the function (`arn:*`).
    new CfnSchedule(this, 'Schedule', {
      description: 'Looks for sources that are due',
      scheduleExpression: 'rate(1 minute)',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: wakes.function.functionArn,
        roleArn: role.roleArn,
        // A late tick is worth nothing: the next one sees the same work. Hence no queue for lost ones either.
        retryPolicy: { maximumEventAgeInSeconds: 60, maximumRetryAttempts: 1 },
      },
    });
  }
}
