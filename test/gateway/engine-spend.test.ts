/** Money and routes: `spend-limit` with its prices and reservations, `data-routing-policy`, and who may be sent what. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../../gateway/engine/compile.ts';
import { readChat } from '../../gateway/engine/openai.ts';
import { parsePrices } from '../../gateway/engine/prices.ts';
import type { Demand } from '../../gateway/engine/request.ts';
import { newState } from '../../gateway/engine/state.ts';
import { testClock } from './clock.ts';
import { chainFor, documentOf, request, said } from './evaluating.ts';

const PRICES = new Map([
  ['m', { input: 1, output: 10 }],
  ['dear', { input: 100, output: 1000 }],
]);
const target = (more: object) => ({ id: 'a', provider: 'openai', secret_key_ref: { env: 'KEY' }, ...more });
const providers = (...targets: object[]) => ({
  providers: { targets: targets.map((each, i) => target({ id: `t${i}`, ...each })) },
});
const demand = (more: Partial<Demand> = {}): Demand => ({
  model: 'm',
  promptBytes: 0,
  maxTokens: 100_000,
  completions: 1,
  unreadable: 0,
  ...more,
});

/** A chain whose requests may cost a dollar each: 100,000 tokens at ten dollars per million. */
function spending(limit: number, more: object = providers({ model: 'm' })) {
  const clock = testClock();
  const state = newState(clock);
  const policy = { 'spend-limit': { max_daily_usd: limit } };
  const chain = chainFor(policy, more, { state, prices: PRICES });
  return { clock, state, chain, start: (given = demand()) => chain.start(request({ demand: given })) };
}
const used = (completionTokens: number) => ({ model: 'm', promptTokens: 0, completionTokens });
const EXCEEDED = { verdict: 'block', reasonCode: 'spend_limit.exceeded' };

describe('spend-limit', () => {
  it('lets through until the day has cost what it may, and on the next day again', () => {
    const { start, clock, state } = spending(2);
    start().spent(used(100_000));
    expect(state.spend.today()).toBe(1);
    start().spent(used(100_000));
    expect(start().request).toMatchObject(EXCEEDED);
    clock.set('2026-03-02T00:00:00Z');
    expect(start().request.verdict).toBe('allow');
  });

  it('does not let requests that run at the same time pass the limit together', () => {
    const { start } = spending(2.5);
    const open = [start(), start(), start()];
    expect(open.map(({ request: { verdict } }) => verdict)).toEqual(['allow', 'allow', 'block']);
    open[0]?.spent(used(10));
    expect(start().request.verdict).toBe('allow');
  });

  it('gives back what a request held that came to nothing, once', () => {
    const { start, state } = spending(1);
    const first = start();
    expect(start().request).toMatchObject(EXCEEDED);
    first.abandoned();
    first.spent(used(100_000));
    expect([state.spend.today(), state.spend.reserved()]).toEqual([0, 0]);
    expect(start().request.verdict).toBe('allow');
  });

  it('gives it back by itself when another policy stops the request, and when it was only a test', () => {
    const state = newState(testClock());
    const policy = {
      'spend-limit': { max_daily_usd: 1 },
      'dlp-filter': { blocked_terms: ['x'], action: 'block' },
    };
    const chain = chainFor(policy, providers({ model: 'm' }), { state, prices: PRICES });
    expect(chain.start(request({ text: 'x', demand: demand() })).request.reasonCode).toBe('dlp.detected');
    chain.evaluate(request({ text: 'y', demand: demand(), answer: [said('z')] }));
    expect(state.spend.reserved()).toBe(0);
  });

  it('counts an answer that is stopped: it was paid for', () => {
    const state = newState(testClock());
    const policy = {
      'spend-limit': { max_daily_usd: 1 },
      'dlp-filter': { blocked_terms: ['x'], action: 'block' },
    };
    const chain = chainFor(policy, providers({ model: 'm' }), { state, prices: PRICES });
    const exchange = chain.start(request({ text: 'y', demand: demand() }));
    expect(exchange.answer([said('x')]).verdict).toBe('block');
    exchange.spent(used(50_000));
    expect(state.spend.today()).toBe(0.5);
  });

  it('says what was spent and what may be', () => {
    const { start } = spending(5);
    start().spent(used(30_000));
    expect(start().request.results[0]?.metadata).toEqual({ spent_usd: 0.3, limit_usd: 5 });
  });

  it('reckons with the dearest target, with every completion, and with what is no text', () => {
    const held = (given: Demand, more = providers({ model: 'm' })) => {
      const { start, state } = spending(1e6, more);
      start(given);
      return state.spend.reserved();
    };
    expect(held(demand({ promptBytes: 1e6, maxTokens: 0 }))).toBe(1);
    expect(held(demand({ completions: 3 }))).toBe(3);
    expect(held(demand({ maxTokens: null }))).toBeCloseTo(0.16384);
    expect(held(demand({ maxTokens: 0, unreadable: 1 }))).toBeCloseTo(0.016384);
    expect(held(demand(), providers({ model: 'm' }, { model: 'dear' }))).toBe(100);
    expect(held(demand({ model: 'dear' }), providers({}))).toBe(100);
    expect(held(demand({ model: 'dear' }), providers({ model: 'm' }))).toBe(1);
  });

  it('takes what somebody may take for a number for one, and reserves nothing that is none', () => {
    const asked = (more: object) => {
      const read = readChat({ model: 'm', messages: [{ role: 'user', content: 'x' }], ...more }, new Map());
      return read.kind === 'read' ? read.request.demand : null;
    };
    expect(asked({ max_tokens: '100000', n: '50' })).toMatchObject({ maxTokens: 100_000, completions: 50 });
    expect(asked({ max_tokens: 10.5, n: 2.5 })).toMatchObject({ maxTokens: 11, completions: 3 });
    expect(asked({ max_tokens: 1e300 })?.maxTokens).toBe(Number.MAX_SAFE_INTEGER);
    expect(asked({ max_tokens: -1, n: -1 })).toMatchObject({ maxTokens: null, completions: 1 });
    expect(asked({ max_tokens: 'many', n: {} })).toMatchObject({ maxTokens: null, completions: 1 });
    const { start, state } = spending(5);
    expect(start(demand({ maxTokens: 0, completions: Number.POSITIVE_INFINITY })).request).toMatchObject(
      EXCEEDED,
    );
    expect(state.spend.reserved()).toBe(0);
  });

  it('counts a model that it does not know at the highest price of those it reckoned with', () => {
    const { start, state } = spending(1e6, providers({ model: 'm' }, { model: 'dear' }));
    start().spent({ model: 'm-2026-01-01', promptTokens: 1e6, completionTokens: 0 });
    expect(state.spend.today()).toBe(100);
  });

  it('blocks a model of the caller that has no price, and everything at a limit of zero', () => {
    expect(spending(5, providers({})).start(demand({ model: 'new' })).request).toMatchObject({
      verdict: 'block',
      reasonCode: 'spend_limit.unknown_price',
    });
    expect(spending(0).start(demand({ maxTokens: 0 })).request).toMatchObject(EXCEEDED);
    expect(chainFor({ 'spend-limit': { max_daily_usd: 0 } }).evaluate(request({}))).toMatchObject(EXCEEDED);
  });

  it('is a marker without a limit', () => {
    const chain = chainFor({ 'spend-limit': {} }, providers({ model: 'nobody knows' }));
    expect(chain.start(request({ demand: demand({ model: 'x' }) })).request.verdict).toBe('allow');
  });

  it.each([
    [{ model: 'new' }, 'no price is known for model new'],
    [{ azure_deployment: 'mine' }, 'no price is known for model mine'],
    [{ model_env: 'MODEL' }, 'the model of t0 stands in the environment, so its price is not known'],
  ])('cannot be enforced for %j, and is let through only by name', (more, why) => {
    const bytes = documentOf({ 'spend-limit': { max_daily_usd: 1 } }, providers(more));
    const refused = compile(bytes, { prices: PRICES });
    expect(refused).toEqual({ kind: 'unenforceable', kinds: [{ kind: 'spend-limit', why }] });
    const allowed = compile(bytes, { prices: PRICES, allowed: new Set(['spend-limit']) });
    if (allowed.kind !== 'ready') throw new Error(allowed.kind);
    expect(allowed.unenforced).toEqual([{ kind: 'spend-limit', why }]);
    expect(allowed.chain.start(request({ demand: demand() })).request.results).toEqual([]);
  });

  it('never lets the day pass the limit by more than requests used beyond their own bounds', () => {
    const exchange = fc.record({
      maxTokens: fc.nat(200_000),
      used: fc.nat(250_000),
      waits: fc.nat(5),
      ends: fc.constantFrom('spent', 'abandoned'),
    });
    fc.assert(
      fc.property(fc.array(exchange, { maxLength: 50 }), (exchanges) => {
        const { start, state } = spending(5);
        let beyond = 0;
        const pending: { at: number; end: () => void }[] = [];
        for (const [i, { maxTokens, used: tokens, waits, ends }] of exchanges.entries()) {
          for (const { end } of pending.filter(({ at }) => at === i)) end();
          const held = start(demand({ maxTokens }));
          if (held.request.verdict === 'block') continue;
          const end = () => {
            if (ends === 'abandoned') return held.abandoned();
            beyond += Math.max(0, tokens - maxTokens) / 100_000;
            held.spent(used(tokens));
          };
          pending.push({ at: i + 1 + waits, end });
          expect(state.spend.today()).toBeLessThanOrEqual(5 + beyond + 1e-9);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('prices', () => {
  const parse = (text: string) => parsePrices(Buffer.from(text));

  it('of a file go before those that are built in', () => {
    const read = parse('{"models":{"gpt-4o":{"input":1,"output":2},"own":{"input":0,"output":0}}}');
    if (read.kind !== 'read') throw new Error(read.why);
    expect(read.prices.get('gpt-4o')).toEqual({ input: 1, output: 2 });
    expect(read.prices.get('own')).toEqual({ input: 0, output: 0 });
    expect(read.prices.get('gpt-4o-mini')).toEqual({ input: 0.15, output: 0.6 });
  });

  it.each([
    ['{', 'not JSON'],
    ['[]', 'the file'],
    ['{"models":{"m":{"input":-1,"output":0}}}', 'models.m.input'],
    ['{"models":{"m":{"input":1}}}', 'models.m.output'],
    ['{"models":{"m":{"input":1,"output":1,"cache":1}}}', 'models.m'],
  ])('of %j are refused, with the place', (text, why) => {
    expect(parse(text)).toEqual({ kind: 'malformed', why: expect.stringContaining(why) });
  });
});

describe('the targets of a chain', () => {
  const targets = providers({ id: 'zero', zdr: true }, { id: 'keeps', data_policy: { retention_days: 30 } });
  const ids = (policy: Record<string, object>, more = targets) =>
    chainFor(policy, more)
      .compliantTargets()
      .map(({ id }) => id);

  it('are those that data-routing-policy lets through, in their order', () => {
    expect(ids({ 'data-routing-policy': { require_zero_data_retention: true } })).toEqual(['zero']);
    expect(ids({ 'data-routing-policy': { max_retention_days: 30 } })).toEqual(['zero', 'keeps']);
    expect(ids({ 'audit-logger': {} })).toEqual(['zero', 'keeps']);
  });

  it('are named in the result when the selection is to be logged', () => {
    const policy = {
      'data-routing-policy': { require_zero_data_retention: true, log_provider_selection: true },
    };
    expect(chainFor(policy, targets).start(request({})).request.results).toMatchObject([
      { kind: 'data-routing-policy', verdict: 'allow', metadata: { compliant: ['zero'], of: 2 } },
    ]);
  });
});

describe('what nobody can look at', () => {
  const picture = { unreadable: ['messages[0].content[0]'] };
  const BLOCKED = { verdict: 'block', reasonCode: 'engine.unreadable_content' };

  it('is blocked in front of a policy that would have to look at it, in a request and in an answer', () => {
    const chain = chainFor({ 'pii-detector': {} });
    expect(chain.start(request(picture)).request).toMatchObject(BLOCKED);
    expect(chain.start(request({})).answer([said('x')], ['choices[0].message.audio'])).toMatchObject(BLOCKED);
    expect(chain.evaluate(request({ answer: [said('x')] }), ['a'])).toMatchObject(BLOCKED);
  });

  it('passes policies that look at something else, and all of them when that is allowed', () => {
    expect(chainFor({ rbac: { deny_if_missing: [] } }).start(request(picture)).request.verdict).toBe('allow');
    const lenient = chainFor({ 'pii-detector': {} }, {}, { allowUnreadable: true });
    expect(lenient.start(request(picture)).request.verdict).toBe('allow');
  });

  it('is nothing to a policy that looks at the other side alone', () => {
    const chain = chainFor({ 'prompt-injection': {} });
    expect(chain.start(request({})).answer([said('x')], ['a']).verdict).toBe('allow');
  });
});
