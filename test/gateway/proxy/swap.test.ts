import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chunk, echo, startUpstream, type Upstream } from '../../support/upstream.ts';
import { eventsIn, policyFor, post, startTestGateway, textIn } from './proxy.ts';

let upstream: Upstream;
let gateway: Awaited<ReturnType<typeof startTestGateway>>;
beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startTestGateway({ maxConcurrency: 64 });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.stop();
});
beforeEach(() => {
  upstream.behave(echo());
  gateway.decisions.length = 0;
});

/** Puts its number into requests and answers: a request that two versions had a part in would show two numbers. */
const version = (number: number) =>
  policyFor(
    [upstream.url],
    {
      'dlp-filter': { detect_patterns: ['CODE'], action: 'redact' },
      'response-rewriter': { rules: [{ name: 'mark', replacement: ` [v${number}]`, position: 'append' }] },
    },
    { pack: { name: 'p', version: `1.0.${number}`, enabled: true } },
  );
const provenance = (sequence: number) => ({
  configurationId: 'c',
  versionId: `v${sequence}`,
  number: sequence,
  sequence,
});

describe('a new version', () => {
  it('takes over between requests: none fails, and none is served by two of them', async () => {
    gateway.load(version(1), provenance(1));
    const seen = new Set<number>();
    let last = 1;
    let answers = 0;
    const client = async (stream: boolean) => {
      while (last < 60) {
        const response = await post(gateway.url, 'say it', { stream });
        const sequence = Number(response.headers.get('x-keeptrusts-sequence'));
        const text = await response.text();
        expect(response.status).toBe(200);
        const said = stream ? textIn(text) : JSON.parse(text).choices[0].message.content;
        expect(said).toBe(`say it [v${sequence}]`);
        seen.add(sequence);
        // The others are under way at this moment.
        if (++answers % 3 === 0) {
          last++;
          expect(gateway.load(version(last), provenance(last)).kind).toBe('loaded');
        }
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, i) => client(i % 2 === 0)));
    expect(seen.size).toBeGreaterThan(20);
    for (const { sequence, version_id, config_version, content_hash } of gateway.decisions) {
      expect([version_id, config_version]).toEqual([`v${sequence}`, `1.0.${sequence}`]);
      expect(content_hash).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  it('leaves a request that has begun on the chain, the targets and the headers that it began with', async () => {
    gateway.load(version(1), provenance(1));
    let go = () => {};
    const arrived = new Promise<void>((resolve) => {
      upstream.behave(async (_, response) => {
        resolve();
        await new Promise<void>((open) => {
          go = open;
        });
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.end(`data: ${JSON.stringify(chunk({ content: 'old' }, 'stop'))}\n\ndata: [DONE]\n\n`);
      });
    });
    const asked = post(gateway.url, 'x', { stream: true });
    await arrived;
    gateway.load(policyFor([], { 'prompt-injection': {} }), provenance(2));
    go();
    const response = await asked;
    expect(response.headers.get('x-keeptrusts-sequence')).toBe('1');
    expect(textIn(await response.text())).toBe('old [v1]');
    expect(gateway.decisions).toMatchObject([{ sequence: 1, version_id: 'v1' }]);
  });

  it('that cannot be enforced changes nothing, and says which kinds and what to do', async () => {
    gateway.load(version(1), provenance(1));
    const refused = gateway.load(
      policyFor([upstream.url], { 'embedding-detector': {}, 'bot-detector': {} }),
      provenance(2),
    );
    expect(refused).toEqual({
      kind: 'refused',
      reasons: [
        expect.stringMatching(
          /^embedding-detector cannot be enforced here: .*; --allow-unenforced embedding-detector /,
        ),
        expect.stringMatching(/^bot-detector cannot be enforced here: .*; --allow-unenforced bot-detector /),
      ],
    });
    expect(gateway.load(Buffer.from('pack: ['), null)).toMatchObject({ kind: 'refused' });
    const response = await post(gateway.url, 'x');
    expect(response.headers.get('x-keeptrusts-sequence')).toBe('1');
  });

  it('in which a kind is let through unenforced says so wherever somebody looks', async () => {
    const lenient = await startTestGateway({ load: { allowed: new Set(['bot-detector']) } });
    try {
      lenient.load(policyFor([upstream.url], { 'bot-detector': {}, 'audit-logger': {} }), null);
      expect((await post(lenient.url, 'x')).status).toBe(200);
      const health = await (await fetch(`${lenient.url}/health`)).json();
      expect(health).toMatchObject({ status: 'degraded', unenforced: ['bot-detector'] });
      expect(lenient.decisions).toMatchObject([{ unenforced: ['bot-detector'] }]);
      expect(lenient.facts).toContainEqual([
        'policy.loaded',
        expect.objectContaining({ unenforced: ['bot-detector'] }),
      ]);
    } finally {
      await lenient.stop();
    }
  });

  it('keeps what was counted: a limit does not begin anew with it', async () => {
    const limited = (note: string) =>
      policyFor([upstream.url], undefined, {
        global_rate_limit: { max_requests: 2, window_seconds: 60 },
        pack: { name: note, version: '1.0.0', enabled: true },
      });
    gateway.load(limited('one'), null);
    expect((await post(gateway.url, 'x')).status).toBe(200);
    gateway.load(limited('two'), null);
    expect((await post(gateway.url, 'x')).status).toBe(200);
    expect((await post(gateway.url, 'x')).status).toBe(429);
  });
});

describe('a gateway that ends', () => {
  it('answers what it has begun with, streams included, and takes nothing more', async () => {
    const ending = await startTestGateway();
    ending.load(policyFor([upstream.url]), null);
    let go = () => {};
    const arrived = new Promise<void>((resolve) => {
      upstream.behave(async (_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(`data: ${JSON.stringify(chunk({ content: 'still' }))}\n\n`);
        resolve();
        await new Promise<void>((open) => {
          go = open;
        });
        response.end(`data: ${JSON.stringify(chunk({ content: ' here' }, 'stop'))}\n\ndata: [DONE]\n\n`);
      });
    });
    const asked = await post(ending.url, 'x', { stream: true });
    await arrived;
    const stopped = ending.stop();
    await expect(fetch(`${ending.url}/healthz`)).rejects.toThrow();
    go();
    const text = await asked.text();
    expect([textIn(text), eventsIn(text).at(-1)]).toEqual(['still here', '[DONE]']);
    await stopped;
  });

  it('cuts off what takes longer than it may', async () => {
    const ending = await startTestGateway();
    ending.load(policyFor([upstream.url]), null);
    const arrived = new Promise<void>((resolve) => upstream.behave(() => resolve()));
    const asked = post(ending.url, 'x').catch((error: Error) => error.name);
    await arrived;
    await ending.stop(20);
    expect(await asked).toBe('TypeError');
  });
});
