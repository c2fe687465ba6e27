// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation writes its references like this.
import { describe, expect, it } from 'vitest';
import { findNamed } from '../../local/names.ts';
import { functionsIn, schedulesIn, sourcesIn } from '../../local/template/compute.ts';
import { refuseUnknownKinds } from '../../local/template/kinds.ts';
import { queuesIn, tablesIn } from '../../local/template/state.ts';
import { readTemplate } from '../../local/template/template.ts';
import { lambda, TABLE, workQueue } from './fixture.ts';

const read = (template: object, parameters: Record<string, string> = {}) =>
  readTemplate({ Resources: {}, ...template }, { region: 'us-east-1', parameters });

describe('a template', () => {
  it('works out the intrinsic functions CDK writes', () => {
    const template = read({ Resources: { Q: { Type: 'AWS::SQS::Queue' } } });
    template.know('Q', 'http://q', { Arn: 'arn:aws:sqs:us-east-1:000000000000:q' });
    const cases: [unknown, unknown][] = [
      [{ Ref: 'Q' }, 'http://q'],
      [{ 'Fn::GetAtt': ['Q', 'Arn'] }, 'arn:aws:sqs:us-east-1:000000000000:q'],
      [{ 'Fn::GetAtt': 'Q.Arn' }, 'arn:aws:sqs:us-east-1:000000000000:q'],
      [{ 'Fn::Join': ['-', ['a', { Ref: 'AWS::Region' }]] }, 'a-us-east-1'],
      [
        { 'Fn::Sub': 'a ${Q} ${Q.Arn} ${!Q} ${AWS::Partition}' },
        'a http://q arn:aws:sqs:us-east-1:000000000000:q ${Q} aws',
      ],
      [{ 'Fn::Sub': ['${x}/${Q}', { x: { Ref: 'AWS::AccountId' } }] }, '000000000000/http://q'],
      [{ 'Fn::Select': [5, { 'Fn::Split': [':', { 'Fn::GetAtt': ['Q', 'Arn'] }] }] }, 'q'],
      [{ a: [{ Ref: 'AWS::NoValue' }, 1], b: { Ref: 'AWS::NoValue' } }, { a: [1] }],
      [
        { Ref: 'Q', other: 1 },
        { Ref: 'Q', other: 1 },
      ],
    ];
    for (const [value, expected] of cases) expect(template.resolve(value)).toEqual(expected);
  });

  it('takes parameters by value or default, and says which are missing or unknown', () => {
    const Parameters = { Networks: { Type: 'String' }, Size: { Type: 'Number', Default: 3 } };
    const template = read({ Parameters }, { Networks: '127.0.0.0/8' });
    expect(template.resolve([{ Ref: 'Networks' }, { Ref: 'Size' }])).toEqual(['127.0.0.0/8', '3']);
    expect(() => read({ Parameters })).toThrow('needs a value for parameter Networks');
    expect(() => read({ Parameters }, { Networks: '', Typo: '' })).toThrow('has no parameter Typo');
  });

  it('leaves out resources whose condition does not hold', () => {
    const template = {
      Parameters: { Mail: { Type: 'String', Default: '' } },
      Conditions: { HasMail: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'Mail' }, ''] }] } },
      Resources: { S: { Type: 'AWS::SNS::Subscription', Condition: 'HasMail' } },
    };
    expect(read(template).resources).toEqual([]);
    expect(read(template, { Mail: 'a@b.c' }).resources).toHaveLength(1);
    expect(read(template).resolve({ 'Fn::If': ['HasMail', 1, 2] })).toBe(2);
  });

  it('says what it cannot work out', () => {
    const template = read({ Resources: { Q: { Type: 'AWS::SQS::Queue' } } });
    expect(() => template.resolve({ 'Fn::FindInMap': ['a', 'b', 'c'] })).toThrow(
      'Fn::FindInMap is not supported',
    );
    expect(() => template.resolve({ Ref: 'Typo' })).toThrow('Typo is not in the template');
    expect(() => template.resolve({ 'Fn::GetAtt': ['Q', 'Arn'] })).toThrow(
      'Q.Arn has no value on this machine',
    );
  });

  it('refuses kinds of resource it would have to run and cannot', () => {
    const { resources } = read({
      Resources: { Bucket: { Type: 'AWS::S3::Bucket' }, Role: { Type: 'AWS::IAM::Role' } },
    });
    expect(() => refuseUnknownKinds(resources)).toThrow(
      'the local stack cannot run Bucket (AWS::S3::Bucket)',
    );
  });
});

describe('the plan', () => {
  it('has functions with their code, time limit and environment', () => {
    const template = read({
      Resources: { F: lambda('f', { Timeout: 60, Environment: { Variables: { N: 5 } } }) },
    });
    template.know('Role', 'Role', { Arn: 'arn:aws:iam::000000000000:role/Role' });
    expect(functionsIn(template, '/out')).toEqual([
      expect.objectContaining({
        id: 'F',
        name: 'F',
        module: '/out/asset.f/index.mjs',
        handler: 'handler',
        timeoutMs: 60_000,
        roleArn: 'arn:aws:iam::000000000000:role/Role',
        environment: { N: '5' },
      }),
    ]);
  });

  it('has dead-letter queues before the queues that name them', () => {
    const template = read({
      Resources: {
        Q: {
          Type: 'AWS::SQS::Queue',
          Properties: { RedrivePolicy: { deadLetterTargetArn: 'arn', maxReceiveCount: 5 } },
        },
        Dlq: { Type: 'AWS::SQS::Queue' },
      },
    });
    expect(queuesIn(template)).toEqual([
      { id: 'Dlq', name: 'Dlq', attributes: {} },
      {
        id: 'Q',
        name: 'Q',
        attributes: { RedrivePolicy: '{"deadLetterTargetArn":"arn","maxReceiveCount":5}' },
      },
    ]);
  });

  it('has event sources with what they report and how many may run', () => {
    const resources = workQueue('Q', 'F', {
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 50 },
    });
    const template = read({ Resources: { ...resources, F: lambda('f') } });
    template.know('Q', 'http://q', { Arn: 'arn:aws:sqs:us-east-1:000000000000:Q' });
    template.know('F', 'F');
    expect(sourcesIn(template)).toEqual([
      expect.objectContaining({
        functionName: 'F',
        queueName: 'Q',
        reportsItemFailures: true,
        maximumConcurrency: 50,
      }),
    ]);
  });

  it('has schedules by rate, and refuses the others', () => {
    const schedule = (ScheduleExpression: string) =>
      schedulesIn(
        read({
          Resources: {
            S: {
              Type: 'AWS::Scheduler::Schedule',
              Properties: {
                ScheduleExpression,
                Target: { Arn: 'arn:aws:lambda:r:1:function:poll', RoleArn: 'r' },
              },
            },
          },
        }),
      );
    expect(schedule('rate(1 minute)')).toEqual([
      {
        id: 'S',
        functionName: 'poll',
        functionArn: 'arn:aws:lambda:r:1:function:poll',
        roleArn: 'r',
        everyMs: 60_000,
        input: '{}',
      },
    ]);
    expect(schedule('rate(2 hours)')[0]?.everyMs).toBe(7_200_000);
    expect(() => schedule('cron(0 8 * * ? *)')).toThrow('not supported');
  });

  it('says which resource has a property it cannot follow', () => {
    const template = read({ Resources: { T: { ...TABLE, Properties: { KeySchema: 'none' } } } });
    expect(() => tablesIn(template)).toThrow(/T \(AWS::DynamoDB::Table\) cannot be run here/);
  });
});

describe('a name', () => {
  const among = ['SyncQueue', 'SyncQueueDeadLetters', 'FanOutQueue', 'FanOutQueueDeadLetters'].map((id) => ({
    id,
    name: id,
  }));

  it('finds what a person means', () => {
    expect(findNamed('sync', among).id).toBe('SyncQueue');
    expect(findNamed('fan-out', among).id).toBe('FanOutQueue');
    expect(findNamed('sync-queue-dead', among).id).toBe('SyncQueueDeadLetters');
  });

  it('is refused when it means nothing or several things', () => {
    expect(() => findNamed('webhook', among)).toThrow('webhook is none of');
    expect(() => findNamed('', among)).toThrow('is more than one of');
  });
});
