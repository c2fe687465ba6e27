/** The alarms and the runbook: each names the other. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Properties } from '../support/template.ts';
import { ofType, resource, synthesize } from './template.ts';

const { template } = await synthesize(false);
const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');

const alarms: [string, Properties][] = ofType(template, 'AWS::CloudWatch::Alarm').map(
  ([id, { Properties: alarm }]) => [id, alarm],
);

/** Headings below "## Alarms", as GitHub turns them into anchors. */
const alarmHeadings = (runbook.split(/^## /m).find((part) => part.startsWith('Alarms\n')) ?? '')
  .split('\n')
  .filter((line) => line.startsWith('### '))
  .map((line) => line.slice(4).trim().toLowerCase().replace(/\s+/g, '-'));

const anchorOf = (alarm: Properties) =>
  /Runbook: docs\/runbook\.md#([a-z-]+)$/.exec(alarm.AlarmDescription)?.[1];

describe('every alarm', () => {
  it.each(alarms)('%s ends with the section of the runbook to open', (_, alarm) => {
    expect(alarmHeadings).toContain(anchorOf(alarm));
  });

  it.each(alarms)('%s tells the topic when it starts and when it is over', (_, alarm) => {
    expect(alarm.AlarmActions).toEqual([{ Ref: 'AlarmsTopic' }]);
    expect(alarm.OKActions).toEqual([{ Ref: 'AlarmsTopic' }]);
  });
});

describe('the runbook', () => {
  it('has no section for an alarm that does not exist', () => {
    expect(alarmHeadings).toEqual([...new Set(alarmHeadings)]);
    expect([...alarmHeadings].sort()).toEqual(alarms.map(([, alarm]) => anchorOf(alarm)).sort());
  });

  it.each(alarmHeadings)(
    '%s says what it means, what users see, where to look and how to fix it',
    (heading) => {
      const section = runbook
        .split(/^### /m)
        .find((part) => part.split('\n')[0]?.toLowerCase().replace(/\s+/g, '-') === heading);
      for (const part of ['**Means.**', '**Users see.**', '**Look.**', '**Fix.**'])
        expect(section).toContain(part);
    },
  );

  it('names only resources and log groups that exist', () => {
    for (const [, id] of runbook.matchAll(/\$\(id ([A-Za-z]+)\)/g)) resource(template, String(id));
    const groups = ofType(template, 'AWS::Logs::LogGroup').map(([, group]) => group.Properties.LogGroupName);
    for (const [, group] of runbook.matchAll(/logs tail (\S+)/g)) expect(groups).toContain(group);
  });
});

describe('what is watched', () => {
  const metric = (id: string) => {
    const { Namespace, MetricName, Dimensions, Statistic, Threshold } = resource(template, id).Properties;
    return [`${Namespace} ${MetricName}`, Dimensions?.[0]?.Value, Statistic, Threshold];
  };

  it.each([
    ['AlarmsSyncDeadLetters', 'SyncQueueDeadLetters'],
    ['AlarmsFanOutDeadLetters', 'FanOutQueueDeadLetters'],
  ])('%s: one message is one too many', (id, queue) => {
    expect(metric(id)).toEqual([
      'AWS/SQS ApproximateNumberOfMessagesVisible',
      { 'Fn::GetAtt': [queue, 'QueueName'] },
      'Maximum',
      1,
    ]);
  });

  it.each([
    ['AlarmsSyncQueueStale', 'SyncQueue'],
    ['AlarmsFanOutQueueStale', 'FanOutQueue'],
  ])('%s: a wait longer than two tries', (id, queue) => {
    const [name, of, , seconds] = metric(id);
    expect([name, of]).toEqual([
      'AWS/SQS ApproximateAgeOfOldestMessage',
      { 'Fn::GetAtt': [queue, 'QueueName'] },
    ]);
    expect(seconds).toBeGreaterThan(2 * resource(template, queue).Properties.VisibilityTimeout);
  });

  it('functions that crash, and an API that answers 5xx', () => {
    expect(metric('AlarmsSyncErrors')).toEqual(['AWS/Lambda Errors', { Ref: 'SyncFunction' }, 'Sum', 1]);
    expect(metric('AlarmsWebhookErrors')).toEqual([
      'AWS/Lambda Errors',
      { Ref: 'WebhookFunction' },
      'Sum',
      1,
    ]);
    expect(metric('AlarmsHttpErrors')).toEqual(['AWS/ApiGateway 5xx', { Ref: 'HttpApi' }, 'Sum', 5]);
  });

  it('a poller that is silent is as bad as one that fails', () => {
    const alarm = resource(template, 'AlarmsPollStopped').Properties;
    expect(alarm).toMatchObject({
      TreatMissingData: 'breaching',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
    });
    expect(alarm.Metrics[0].Expression).toBe('invocations - errors');
  });

  it('links in error, counted by the poller in its log', () => {
    const { LogGroupName, FilterPattern, MetricTransformations } = resource(
      template,
      'AlarmsLinksInErrorCount',
    ).Properties;
    expect(LogGroupName).toEqual({ Ref: 'PollLog' });
    expect(FilterPattern).toBe('{ ($.fact = "links.in_error") && ($.count >= 0) }');
    expect(MetricTransformations).toEqual([
      { MetricName: 'links.in_error', MetricNamespace: 'KtGitops', MetricValue: '$.count' },
    ]);
    expect(metric('AlarmsLinksInError')[0]).toBe('KtGitops links.in_error');
  });

  it('gateways that reloads do not bring back, counted by the poller in its log', () => {
    const { LogGroupName, FilterPattern } = resource(template, 'AlarmsGatewayDriftCount').Properties;
    expect(LogGroupName).toEqual({ Ref: 'PollLog' });
    expect(FilterPattern).toBe('{ ($.fact = "gateways.drift_persists") && ($.count >= 0) }');
    expect(metric('AlarmsGatewayDriftPersists')).toEqual([
      'KtGitops gateways.drift_persists',
      undefined,
      'Minimum',
      1,
    ]);
  });

  it('is mailed only when an address is given', () => {
    expect(resource(template, 'AlarmsMail')).toMatchObject({
      Condition: 'AlarmsWantsMail',
      Properties: { Protocol: 'email', Endpoint: { Ref: 'AlarmEmail' } },
    });
  });
});
