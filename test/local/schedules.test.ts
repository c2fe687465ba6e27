import { describe, expect, it } from 'vitest';
import { lambda, runStack, writeOutdir } from './fixture.ts';

const outdirWith = (expression = 'rate(1 minute)') =>
  writeOutdir({
    resources: {
      PollFunction: lambda('poll'),
      EveryMinute: {
        Type: 'AWS::Scheduler::Schedule',
        Properties: {
          ScheduleExpression: expression,
          FlexibleTimeWindow: { Mode: 'OFF' },
          Target: {
            Arn: { 'Fn::GetAtt': ['PollFunction', 'Arn'] },
            RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
            Input: '{"from":"schedule"}',
          },
        },
      },
    },
    handlers: {
      poll: 'export const handler = async (event) => { console.log("tick", JSON.stringify(event)); return "done"; };',
    },
  });

describe('a schedule', () => {
  it('ticks once at start, to drive again what was left', async () => {
    const stack = await runStack(outdirWith(), { schedules: true });
    expect(await stack.line(/tick/)).toBe('PollFunction: tick {"from":"schedule"}');
  });

  it('ticks only by hand when told so, by its own name or its function’s', async () => {
    const stack = await runStack(outdirWith());
    expect(stack.lines.join()).not.toContain('tick');
    expect(await stack.tick('EveryMinute')).toEqual({ kind: 'done', payload: '"done"' });
    expect(await stack.tick('poll')).toEqual({ kind: 'done', payload: '"done"' });
    await expect(async () => stack.tick('other')).rejects.toThrow('other is none of EveryMinute');
  });

  it('with another expression than a rate is refused, with nothing left running', async () => {
    await expect(runStack(outdirWith('cron(0 8 * * ? *)'))).rejects.toThrow('only rate(…) is');
  });
});
