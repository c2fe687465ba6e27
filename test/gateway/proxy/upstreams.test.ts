import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  chunk,
  completion,
  echo,
  hangs,
  json,
  says,
  startUpstream,
  streamsChunks,
  type Upstream,
} from '../../support/upstream.ts';
import { eventsIn, policyFor, post, startTestGateway, textIn } from './proxy.ts';

/** Of whoever hangs; everybody else answers before that on a machine that is busy, too. */
const TIMEOUTS = { connectMs: 5000, firstByteMs: 800, idleMs: 800, totalMs: 20_000 };

let a: Upstream;
let b: Upstream;
let gateway: Awaited<ReturnType<typeof startTestGateway>>;
beforeAll(async () => {
  [a, b] = await Promise.all([startUpstream(), startUpstream()]);
  gateway = await startTestGateway({ timeouts: TIMEOUTS });
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([a.stop(), b.stop()]);
});
beforeEach(() => {
  a.behave(says('a'));
  b.behave(says('b'));
  a.seen.length = b.seen.length = 0;
  // Another version in between has no targets, so nothing is known of them after it.
  gateway.load(policyFor([]), null);
  gateway.decisions.length = 0;
});

type More = NonNullable<Parameters<typeof policyFor>[2]>;
function run(more: More = {}, policy?: Record<string, unknown>): void {
  expect(gateway.load(policyFor([a.url, b.url], policy, more), null)).toMatchObject({ kind: 'loaded' });
}
async function said(stream = false): Promise<string> {
  const response = await post(gateway.url, 'x', { stream });
  const text = await response.text();
  if (response.status !== 200) return `${response.status} ${JSON.parse(text).error.code}`;
  return stream ? textIn(text) : JSON.parse(text).choices[0].message.content;
}
const status = (code: number, headers = {}) => json({ error: { message: 'no' } }, code, headers);

describe('fallback', () => {
  it.each([
    ['answers 500', status(500)],
    ['answers 429', status(429)],
    ['does not know the key', status(401)],
    ['is never heard of', hangs],
    ['answers with garbage', json('hello')],
    [
      'answers without a bottom',
      (_: unknown, response: import('node:http').ServerResponse) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(
          `{"choices":[{"message":{"role":"assistant","content":"x","y":${'['.repeat(4000)}${']'.repeat(4000)}}}]}`,
        );
      },
    ],
    [
      'answers with half a body',
      (_: unknown, response: import('node:http').ServerResponse) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
        response.write('{"choices":[');
        setTimeout(() => response.destroy(), 10);
      },
    ],
    [
      'hangs in the middle',
      (_: unknown, response: import('node:http').ServerResponse) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write('{"choices":[');
      },
    ],
    ['answers with more than is taken', json(completion('x'.repeat(20_000)))],
    [
      'closes the connection',
      (_: unknown, response: import('node:http').ServerResponse) => void response.destroy(),
    ],
    [
      'redirects',
      (_: unknown, response: import('node:http').ServerResponse) =>
        void response.writeHead(302, { location: b.url }).end(),
    ],
  ])('goes to the next target when the first %s', async (_, behaviour) => {
    run({ size_limits: { max_response_bytes: 10_000 } });
    a.behave(behaviour);
    expect(await said()).toBe('b');
    expect([a.seen.length, b.seen.length]).toEqual([1, 1]);
    expect(gateway.decisions).toMatchObject([{ provider: 't1', status: 200, reason: null }]);
  });

  it.each([
    ['breaks off before its first event', streamsChunks([], (response) => response.destroy())],
    ['streams an error first', streamsChunks([{ error: { message: 'overloaded' } }])],
    ['streams nothing', streamsChunks([], (response) => response.end())],
  ])('goes to the next target when a stream %s', async (_, behaviour) => {
    run();
    a.behave(behaviour);
    expect(await said(true)).toBe('b');
  });

  it('goes to the next target when a stream that is to be judged breaks off in the middle', async () => {
    run({}, { 'pii-detector': {} });
    a.behave(streamsChunks([chunk({ content: 'half' })], (response) => response.destroy()));
    expect(await said(true)).toBe('b');
  });

  it('ends with an error, and without [DONE], when a stream breaks off of which a client has a part', async () => {
    run();
    a.behave(
      streamsChunks([chunk({ content: 'half' })], (response) => setTimeout(() => response.destroy(), 20)),
    );
    const text = await (await post(gateway.url, 'x', { stream: true })).text();
    const events = eventsIn(text);
    expect(
      textIn(
        events
          .slice(0, 1)
          .map((data) => `data: ${data}`)
          .join(''),
      ),
    ).toBe('half');
    expect(JSON.parse(events.at(-1) ?? '')).toMatchObject({ error: { type: 'upstream_error' } });
    expect(b.seen).toEqual([]);
    expect(gateway.decisions).toMatchObject([{ reason: 'upstream_server_error' }]);
  });

  it('is for what the document names, in either form', async () => {
    for (const fallback of [{ triggers: ['timeout'] }, { retry_on: ['timeout'] }]) {
      run({ providers: { fallback } });
      a.behave(status(500));
      expect(await said()).toBe('502 upstream_failed');
      a.behave(hangs);
      expect(await said()).toBe('b');
      b.seen.length = 0;
    }
  });

  it('ends after as many tries as the document says, in either form', async () => {
    for (const fallback of [{ max_fallback_attempts: 0 }, { max_retries: 0 }]) {
      run({ providers: { fallback } });
      a.behave(status(500));
      expect(await said()).toBe('502 upstream_failed');
    }
  });

  it('goes where fallback_to points before it goes on in the order', async () => {
    const c = await startUpstream(says('c'));
    try {
      const bytes = JSON.parse(Buffer.from(policyFor([a.url, b.url, c.url])).toString());
      bytes.providers.targets[0].fallback_to = 't2';
      gateway.load(Buffer.from(JSON.stringify(bytes)), null);
      a.behave(status(503));
      expect(await said()).toBe('c');
    } finally {
      await c.stop();
    }
  });

  it('does not ask another when the request is what is wrong', async () => {
    run();
    a.behave(json({ error: { message: 'max_tokens is too large, sk-secret-of-tests' } }, 400));
    const response = await post(gateway.url, 'x');
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      error: {
        type: 'upstream_error',
        code: 'upstream_rejected',
        message: 'Max_tokens is too large, [key].',
      },
    });
    expect(b.seen).toEqual([]);
  });

  it('that has tried everybody is 502, or 429 with the time to come back, and tells nothing of keys and addresses', async () => {
    run();
    a.behave(json({ error: { message: 'key sk-secret-of-tests is wrong' } }, 401));
    b.behave(status(429, { 'retry-after': '17' }));
    const busy = await post(gateway.url, 'x');
    expect(busy.status).toBe(429);
    expect(busy.headers.get('retry-after')).toBe('17');
    b.behave(json({ error: { message: 'key sk-secret-of-tests is wrong' } }, 403));
    const response = await post(gateway.url, 'x');
    expect(response.status).toBe(502);
    const text = await response.text();
    expect(text).not.toMatch(/sk-secret|127\.0\.0\.1/);
    expect(JSON.stringify(gateway.facts)).not.toContain('sk-secret');
  });
});

describe('the order of targets', () => {
  it('is taken in turns by round-robin', async () => {
    run({ providers: { fallback: { strategy: 'round-robin' } } });
    expect((await Promise.all([said(), said(), said(), said()])).toSorted()).toEqual(['a', 'a', 'b', 'b']);
  });

  it('is that of the latency, once it is known', async () => {
    run({ providers: { routing: { strategy: 'latency' } } });
    a.behave(async (request, response) => {
      await new Promise((resolve) => setTimeout(resolve, 400));
      await says('a')(request, response);
    });
    const answers = [await said(), await said(), await said(), await said()];
    expect(answers.slice(2)).toEqual(['b', 'b']);
    expect(answers.slice(0, 2).toSorted()).toEqual(['a', 'b']);
  });

  it('is any by random', async () => {
    const dice = [0.9, 0.1, 0.1, 0.9];
    const random = await startTestGateway({ random: () => dice.shift() ?? 0 });
    try {
      random.load(
        policyFor([a.url, b.url], undefined, { providers: { routing: { strategy: 'random' } } }),
        null,
      );
      const ask = async () =>
        JSON.parse(await (await post(random.url, 'x')).text()).choices[0].message.content;
      expect([await ask(), await ask()]).toEqual(['b', 'a']);
    } finally {
      await random.stop();
    }
  });

  it('is that of the price by cost, and a document whose prices are not known is not loaded', async () => {
    const providers = { routing: { strategy: 'cost' } };
    const prices = new Map([
      ['dear', { input: 9, output: 9 }],
      ['cheap', { input: 1, output: 1 }],
    ]);
    const priced = await startTestGateway({ load: { prices } });
    const models = (...names: string[]) => {
      const document = JSON.parse(
        Buffer.from(policyFor([a.url, b.url], undefined, { providers })).toString(),
      );
      for (const [i, model] of names.entries()) document.providers.targets[i].model = model;
      return Buffer.from(JSON.stringify(document));
    };
    try {
      expect(priced.load(models('dear', 'cheap'), null)).toMatchObject({ kind: 'loaded' });
      expect(await (await post(priced.url, 'x')).text()).toContain('"b"');
      expect(priced.load(models('dear', 'other'), null)).toMatchObject({
        kind: 'refused',
        reasons: [expect.stringContaining('the price of t1')],
      });
    } finally {
      await priced.stop();
    }
  });

  it('begins with what has the model that is asked for', async () => {
    const document = JSON.parse(Buffer.from(policyFor([a.url, b.url])).toString());
    document.providers.targets[0].model = 'small';
    document.providers.targets[1].model = 'large';
    gateway.load(Buffer.from(JSON.stringify(document)), null);
    const ask = async (model: string) => (await post(gateway.url, 'x', { body: { model } })).text();
    expect(await ask('large')).toContain('"b"');
    expect(await ask('small')).toContain('"a"');
    // A target's own model goes before a model that nobody has.
    expect(await ask('unknown')).toContain('"a"');
    expect(a.seen.at(-1)?.body['model']).toBe('small');
  });

  it('of an A/B test goes by weight, and the same client goes the same way', async () => {
    const variants = [
      { provider_id: 't0', weight: 1 },
      { provider_id: 't1', weight: 1 },
    ];
    run({ providers: { ab_test: { enabled: true, sticky_by: 'x-user-id', variants } } });
    const ask = async (user: string) =>
      JSON.parse(await (await post(gateway.url, 'x', { headers: { 'x-user-id': user } })).text()).choices[0]
        .message.content;
    const users = Array.from({ length: 12 }, (_, i) => `user-${i}`);
    const first = await Promise.all(users.map(ask));
    expect(new Set(first)).toEqual(new Set(['a', 'b']));
    expect(await Promise.all(users.map(ask))).toEqual(first);
  });

  it('leaves out what a policy does not let requests go to', async () => {
    const document = JSON.parse(
      Buffer.from(
        policyFor([a.url, b.url], { 'data-routing-policy': { require_zero_data_retention: true } }),
      ).toString(),
    );
    document.providers.targets[1].zdr = true;
    expect(gateway.load(Buffer.from(JSON.stringify(document)), null)).toMatchObject({ kind: 'loaded' });
    expect(await said()).toBe('b');
    b.behave(status(500));
    expect(await said()).toBe('502 upstream_failed');
    expect(a.seen).toEqual([]);
  });
});

describe('a circuit', () => {
  const circuit_breaker = { failure_threshold: 2, cooldown_seconds: 60 };

  it('opens after as many failures as the document says, and stays so in the next version', async () => {
    run({ providers: { circuit_breaker } });
    a.behave(status(500));
    for (let i = 0; i < 4; i++) expect(await said()).toBe('b');
    expect(a.seen).toHaveLength(2);
    run({ providers: { circuit_breaker }, global_rate_limit: { max_requests: 1000, window_seconds: 1 } });
    a.behave(says('a'));
    expect(await said()).toBe('b');
    const health = await (await fetch(`${gateway.url}/health`)).json();
    expect(health).toMatchObject({ status: 'degraded', providers: { t0: 'unreachable', t1: 'reachable' } });
  });

  it('opens for a target whose streams always break off in the middle', async () => {
    run({ providers: { circuit_breaker } });
    a.behave(
      streamsChunks([chunk({ content: 'half' })], (response) => setTimeout(() => response.destroy(), 5)),
    );
    expect([await said(true), await said(true), await said(true)]).toEqual(['half', 'half', 'b']);
  });

  it('does not wait for the end of a stream to let others see that the target is back', async () => {
    run({ providers: { circuit_breaker: { failure_threshold: 1, cooldown_seconds: 1 } } });
    a.behave(status(500));
    expect(await said()).toBe('b');
    const open: import('node:http').ServerResponse[] = [];
    a.behave(streamsChunks([chunk({ content: 'long' })], (response) => open.push(response)));
    b.behave(status(400));
    let stream: Response | undefined;
    await expect
      .poll(
        async () => {
          stream = await post(gateway.url, 'x', { stream: true });
          return stream.status;
        },
        { timeout: 5000 },
      )
      .toBe(200);
    a.behave(says('a'));
    expect(await said()).toBe('a');
    open[0]?.end('data: [DONE]\n\n');
    expect(textIn((await stream?.text()) ?? '')).toBe('long');
  });

  it('of everybody that is open is 502 at once', async () => {
    run({ providers: { circuit_breaker: { ...circuit_breaker, failure_threshold: 1 } } });
    a.behave(status(500));
    b.behave(status(500));
    await said();
    a.seen.length = b.seen.length = 0;
    expect(await said()).toBe('502 upstream_failed');
    expect([...a.seen, ...b.seen]).toEqual([]);
  });

  it('does not open for a client that goes away, or asks for the wrong thing', async () => {
    run({ providers: { circuit_breaker: { ...circuit_breaker, failure_threshold: 1 } } });
    a.behave(status(400));
    await said();
    a.behave(echo());
    expect(await said()).toBe('x');
  });
});

describe('a client that goes away', () => {
  it('is not answered for any longer: the request to the provider ends, and others have its place', async () => {
    const narrow = await startTestGateway({ maxConcurrency: 1 });
    try {
      narrow.load(policyFor([a.url]), null);
      const arrived = new Promise<void>((resolve) =>
        a.behave((_, response) => {
          response.once('close', () => a.behave(says('next')));
          resolve();
        }),
      );
      const leaving = new AbortController();
      const asked = post(narrow.url, 'x', { signal: leaving.signal }).catch(() => 'left');
      await arrived;
      leaving.abort();
      expect(await asked).toBe('left');
      await expect.poll(() => narrow.decisions).toMatchObject([{ status: 499, reason: 'client_gone' }]);
      expect(await (await post(narrow.url, 'y')).text()).toContain('next');
    } finally {
      await narrow.stop();
    }
  });

  it('in the middle of a stream ends that of the provider', async () => {
    run();
    const closed = new Promise<void>((resolve) =>
      a.behave((_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const timer = setInterval(
          () => response.write(`data: ${JSON.stringify(chunk({ content: 'x' }))}\n\n`),
          5,
        );
        response.once('close', () => {
          clearInterval(timer);
          resolve();
        });
      }),
    );
    const leaving = new AbortController();
    const response = await post(gateway.url, 'x', { stream: true, signal: leaving.signal });
    await response.body?.getReader().read();
    leaving.abort();
    await closed;
    await expect.poll(() => gateway.decisions).toMatchObject([{ status: 200, reason: 'client_gone' }]);
  });
});

describe('too many at once', () => {
  it('wait in line, and those for whom there is no room are 503', async () => {
    const narrow = await startTestGateway({ maxConcurrency: 1 });
    try {
      narrow.load(policyFor([a.url]), null);
      let open = () => {};
      const opened = new Promise<void>((resolve) => {
        open = resolve;
      });
      a.behave(async (request, response) => {
        await opened;
        await says('late')(request, response);
      });
      const refused: Response[] = [];
      const all = Array.from({ length: 20 }, async () => {
        const response = await post(narrow.url, 'x');
        if (response.status === 503) refused.push(response);
        return response.status;
      });
      await expect.poll(() => refused.length).toBe(3);
      expect(refused[0]?.headers.get('retry-after')).toBe('1');
      open();
      expect((await Promise.all(all)).filter((status) => status === 200)).toHaveLength(17);
    } finally {
      await narrow.stop();
    }
  });
});

describe('a connection to a provider', () => {
  it('is used again, after streams too', async () => {
    const only = await startTestGateway();
    const provider = await startUpstream();
    try {
      only.load(policyFor([provider.url]), null);
      for (const stream of [false, true, true, false]) await (await post(only.url, 'x', { stream })).text();
      expect(provider.connections).toBe(1);
    } finally {
      await only.stop();
      await provider.stop();
    }
  });
});
