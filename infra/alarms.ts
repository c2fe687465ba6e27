/** The alarms: what a person must look at, each with its section of the runbook. */
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { CfnSubscription, Topic } from 'aws-cdk-lib/aws-sns';
import { Aws, CfnCondition, Duration, Fn, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { KtFunction } from './functions.ts';
import type { WorkQueue } from './queues.ts';

const { GREATER_THAN_OR_EQUAL_TO_THRESHOLD, LESS_THAN_THRESHOLD } = ComparisonOperator;
const EVERY = { period: Duration.minutes(5) } as const;

/** Longer than one visibility timeout: a message that waits for its second try is not yet news. */
const STALE = Duration.minutes(15);

export interface Watched {
  readonly syncQueue: WorkQueue;
  readonly fanOutQueue: WorkQueue;
  readonly webhook: KtFunction;
  readonly poll: KtFunction;
  readonly sync: KtFunction;
  readonly api: HttpApi;
  /** An address, or nothing. */
  readonly email: string;
}

type Rule = ({ readonly atLeast: number } | { readonly below: number }) & {
  readonly says: string;
  readonly metric: IMetric;
  /** How many periods of five minutes in a row. Default: one. */
  readonly periods?: number;
  readonly missing?: TreatMissingData;
};

export class Alarms extends Construct {
  private readonly topic: Topic;

  constructor(scope: Construct, id: string, watched: Watched) {
    super(scope, id);
    this.topic = alarmTopic(this, watched.email);
    for (const [name, rule] of Object.entries(rules(this, watched))) this.raise(name, rule);
  }

  private raise(name: string, rule: Rule): void {
    const alarm = new Alarm(this, name, {
      alarmName: `${Stack.of(this).stackName}-${anchor(name)}`,
      alarmDescription: `${rule.says} Runbook: docs/runbook.md#${anchor(name)}`,
      metric: rule.metric,
      ...('atLeast' in rule
        ? { threshold: rule.atLeast, comparisonOperator: GREATER_THAN_OR_EQUAL_TO_THRESHOLD }
        : { threshold: rule.below, comparisonOperator: LESS_THAN_THRESHOLD }),
      evaluationPeriods: rule.periods ?? 1,
      treatMissingData: rule.missing ?? TreatMissingData.NOT_BREACHING,
    });
    const tell = { bind: () => ({ alarmActionArn: this.topic.topicArn }) };
    alarm.addAlarmAction(tell);
    alarm.addOkAction(tell);
  }
}

/** `SyncDeadLetters` is `sync-dead-letters`, as GitHub names the heading "Sync dead letters". */
function anchor(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
}

function rules(scope: Construct, watched: Watched): Record<string, Rule> {
  const { syncQueue, fanOutQueue, webhook, poll, sync, api } = watched;
  return {
    SyncDeadLetters: {
      says: 'Hints could not be worked and were given up.',
      metric: deadLetters(syncQueue),
      atLeast: 1,
    },
    FanOutDeadLetters: {
      says: 'Activations were not announced to every gateway.',
      metric: deadLetters(fanOutQueue),
      atLeast: 1,
    },
    SyncQueueStale: {
      says: 'Hints wait longer than sync should need.',
      metric: oldest(syncQueue),
      atLeast: STALE.toSeconds(),
    },
    FanOutQueueStale: {
      says: 'Announcements wait longer than fan-out should need.',
      metric: oldest(fanOutQueue),
      atLeast: STALE.toSeconds(),
    },
    SyncErrors: {
      says: 'Sync runs crash or time out.',
      metric: sync.function.metricErrors({ ...EVERY, statistic: 'Sum' }),
      atLeast: 1,
      periods: 2,
    },
    WebhookErrors: {
      says: 'Deliveries crash before they are answered.',
      metric: webhook.function.metricErrors({ ...EVERY, statistic: 'Sum' }),
      atLeast: 1,
    },
    HttpErrors: {
      says: 'The HTTP API answers 5xx.',
      metric: api.metricServerError({ ...EVERY, statistic: 'Sum' }),
      atLeast: 5,
    },
    PollStopped: {
      says: 'The poller fails or is not started, so missed deliveries stay missed.',
      metric: goodTicks(poll),
      below: 1,
      periods: 2,
      missing: TreatMissingData.BREACHING,
    },
    LinksInError: {
      says: 'Links have been in error for a quarter of an hour.',
      metric: counted(scope, poll, 'LinksInErrorCount', 'links.in_error'),
      atLeast: 1,
      periods: 3,
    },
    GatewayDriftPersists: {
      says: 'Gateways run something else than what they were told, and reloads do not help.',
      metric: counted(scope, poll, 'GatewayDriftCount', 'gateways.drift_persists'),
      atLeast: 1,
    },
  };
}

const deadLetters = (work: WorkQueue) =>
  work.deadLetters.metricApproximateNumberOfMessagesVisible({ ...EVERY, statistic: 'Maximum' });

const oldest = (work: WorkQueue) =>
  work.queue.metricApproximateAgeOfOldestMessage({ ...EVERY, statistic: 'Maximum' });

const goodTicks = (poll: KtFunction) =>
  new MathExpression({
    ...EVERY,
    expression: 'invocations - errors',
    usingMetrics: {
      invocations: poll.function.metricInvocations({ statistic: 'Sum' }),
      errors: poll.function.metricErrors({ statistic: 'Sum' }),
    },
  });

/** The poller logs `{"fact":"links.in_error","count":n}`, and the like, once a tick. */
function counted(scope: Construct, poll: KtFunction, id: string, fact: string): Metric {
  const metricNamespace = Stack.of(scope).stackName;
  new MetricFilter(scope, id, {
    logGroup: poll.log,
    metricNamespace,
    metricName: fact,
    // The count is in the pattern because a metric value must be matched by its pattern.
    filterPattern: FilterPattern.all(
      FilterPattern.stringValue('$.fact', '=', fact),
      FilterPattern.numberValue('$.count', '>=', 0),
    ),
    metricValue: '$.count',
  });
  return new Metric({ ...EVERY, namespace: metricNamespace, metricName: fact, statistic: 'Minimum' });
}

function alarmTopic(scope: Construct, email: string): Topic {
  const topic = new Topic(scope, 'Topic', { enforceSSL: true });
  // A topic policy of our own replaces the default one, which let the account's alarms publish.
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'Alarms',
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
    }),
  );
  const wanted = new CfnCondition(scope, 'WantsMail', {
    expression: Fn.conditionNot(Fn.conditionEquals(email, '')),
  });
  const mail = new CfnSubscription(scope, 'Mail', {
    topicArn: topic.topicArn,
    protocol: 'email',
    endpoint: email,
  });
  mail.cfnOptions.condition = wanted;
  return topic;
}
