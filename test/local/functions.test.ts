import { beforeAll, describe, expect, it } from 'vitest';
import { lambda, type Running, runStack, writeOutdir } from './fixture.ts';

const HANDLER = `
let calls = 0;
export const handler = async (event, context) => {
  calls += 1;
  console.log('called with', event.do);
  if (event.do === 'exit') process.exit(3);
  if (event.do === 'crash') { setTimeout(() => { throw new Error('out of nowhere'); }); return new Promise(() => {}); }
  if (event.do === 'spin') for (;;);
  if (event.do === 'hoard') for (const all = []; ; ) all.push(Array.from({ length: 100_000 }, (_, i) => ({ i })));
  if (event.do === 'hang') return new Promise(() => {});
  if (event.do === 'wait') { await new Promise((done) => setTimeout(done, event.ms)); return 'waited'; }
  if (event.do === 'throw') throw new TypeError('not today');
  if (event.do === 'env') return process.env;
  if (event.do === 'big') return 'x'.repeat(event.size);
  return { calls, id: context.awsRequestId, name: context.functionName, arn: context.invokedFunctionArn, left: context.getRemainingTimeInMillis() };
};`;

let stack: Running;
beforeAll(async () => {
  process.env['KT_TEST_OF_THE_RUNNER'] = 'not for functions';
  const outdir = writeOutdir({
    resources: {
      One: lambda('one', { Timeout: 1, Environment: { Variables: { MINE: 'one' } } }),
      Two: lambda('two', {
        Timeout: 20,
        FunctionName: 'second',
        Environment: { Variables: { MINE: 'two' } },
      }),
      Broken: lambda('broken'),
    },
    handlers: { one: HANDLER, two: HANDLER, broken: 'throw new Error("cannot load");' },
  });
  stack = await runStack(outdir, {
    env: { '*': { ALL: 'yes', AWS_ACCESS_KEY_ID: 'somebody' }, second: { ONLY: 'second' } },
  });
});

const payload = async (name: string, event: object) => {
  const answer = await stack.invoke(name, event);
  return answer.kind === 'done' ? JSON.parse(answer.payload) : answer;
};
const failed = (errorType: string) => ({ kind: 'failed', error: expect.objectContaining({ errorType }) });

describe('a function', () => {
  it('keeps its module between invocations and is told about each', async () => {
    const first = await payload('One', {});
    const second = await payload('One', {});
    expect(second.calls).toBe(first.calls + 1);
    expect(second.id).not.toBe(first.id);
    expect(second).toMatchObject({ name: 'One', arn: 'arn:aws:lambda:us-east-1:000000000000:function:One' });
    expect(second.left).toBeGreaterThan(500);
    expect(second.left).toBeLessThanOrEqual(1000);
  });

  it('sees its own environment and nobody else’s', async () => {
    const [one, two] = [await payload('One', { do: 'env' }), await payload('second', { do: 'env' })];
    expect(one).toMatchObject({
      MINE: 'one',
      ALL: 'yes',
      AWS_REGION: 'us-east-1',
      AWS_LAMBDA_FUNCTION_NAME: 'One',
    });
    expect(one).toMatchObject({
      AWS_ENDPOINT_URL_SQS: stack.endpoints.sqs,
      AWS_ENDPOINT_URL_KMS: stack.endpoints.kms,
    });
    // Its role's, whatever else it was given.
    expect(one['AWS_ACCESS_KEY_ID']).toMatch(/^ASIA/);
    expect(two).toMatchObject({ MINE: 'two', ONLY: 'second', AWS_LAMBDA_FUNCTION_NAME: 'second' });
    expect(one).not.toHaveProperty('ONLY');
    expect(one).not.toHaveProperty('KT_TEST_OF_THE_RUNNER');
  });

  it('has its output in the log, with its name', async () => {
    await payload('second', { do: 'something to see' });
    expect(await stack.line(/something to see/)).toBe('second: called with something to see');
  });

  it('that throws answers with the error', async () => {
    expect(await payload('One', { do: 'throw' })).toEqual({
      kind: 'failed',
      error: expect.objectContaining({ errorType: 'TypeError', errorMessage: 'not today' }),
    });
  });

  it.each(['exit', 'crash'])(
    'that ends its process (%s) fails what was in flight, and works again',
    async (how) => {
      const other = stack.invoke('second', { do: 'hang' });
      const answer = await stack.invoke('second', { do: how });
      expect(answer.kind).toBe('failed');
      expect((await other).kind).toBe('failed');
      expect((await payload('second', {})).calls).toBe(1);
    },
  );

  it.each(['hang', 'spin'])('that does not answer in time (%s) fails, and works again', async (how) => {
    expect(await payload('One', { do: how })).toEqual(failed('Sandbox.Timedout'));
    expect((await payload('One', {})).calls).toBe(1);
  });

  it('that needs more memory than it has ends alone, and is there again', async () => {
    const [hoarded, neighbour] = await Promise.all([payload('second', { do: 'hoard' }), payload('One', {})]);
    expect(hoarded).toMatchObject(failed('Runtime.OutOfMemory'));
    expect(neighbour).toMatchObject({ name: 'One' });
    expect(await payload('second', {})).toMatchObject({ calls: 1 });
  });

  it('that times out does not take its neighbours with it', async () => {
    const neighbour = new Promise((resolve) => {
      setTimeout(() => resolve(payload('One', { do: 'wait', ms: 700 })), 600);
    });
    expect(await payload('One', { do: 'hang' })).toEqual(failed('Sandbox.Timedout'));
    expect(await neighbour).toBe('waited');
  });

  it('that does not load says why, each time, and leaves the others alone', async () => {
    for (let i = 0; i < 2; i++)
      expect(await payload('Broken', {})).toMatchObject({ error: { errorMessage: 'cannot load' } });
    expect(stack.lines.join('\n')).toMatch(/Broken: .*function\.broken.*cannot load/);
  });

  it('takes and gives 6 MB, and no more', async () => {
    expect(await payload('One', { do: 'big', size: 6_000_000 })).toHaveLength(6_000_000);
    expect(await payload('One', { do: 'big', size: 6_300_000 })).toEqual(
      failed('Function.ResponseSizeTooLarge'),
    );
    expect(await stack.invoke('One', { text: 'x'.repeat(6_300_000) })).toEqual({ kind: 'too-large' });
  });
});
