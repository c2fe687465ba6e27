import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Chain } from '../../../gateway/engine/chain.ts';
import { says, startUpstream, type Upstream } from '../../support/upstream.ts';
import { policyFor, post, startTestGateway } from './proxy.ts';

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream(says('the answer'));
});
afterAll(() => upstream.stop());

/** A gateway whose chain has a fault: on the way in, or on the way out. */
async function withFault(failMode: 'block' | 'allow', side: 'request' | 'answer') {
  const gateway = await startTestGateway({ failMode });
  const outcome = gateway.load(policyFor([upstream.url], { 'pii-detector': {} }), null);
  if (outcome.kind !== 'loaded') throw new Error(outcome.kind);
  const { chain } = outcome.loaded;
  const fault = (): never => {
    throw new TypeError('a fault in what looks at secret words');
  };
  const faulty: Chain = {
    ...chain,
    start: side === 'request' ? fault : (request) => ({ ...chain.start(request), answer: fault }),
  };
  gateway.current.swap({ ...outcome.loaded, chain: faulty });
  return gateway;
}

describe.each(['request', 'answer'] as const)('a fault while the %s is evaluated', (side) => {
  it('blocks, and the decision says that it is one of ours', async () => {
    const gateway = await withFault('block', side);
    try {
      for (const stream of [false, true]) {
        const response = await post(gateway.url, 'secret words', { stream });
        expect(response.status).toBe(409);
        expect(await response.json()).toMatchObject({
          error: {
            type: 'policy_violation',
            policy: 'engine',
            code: side === 'request' ? 'input_blocked' : 'output_blocked',
            reason_code: 'engine.failed',
          },
        });
      }
      expect(gateway.decisions).toMatchObject([
        { verdict: 'block', reason_code: 'engine.failed', degraded: true, status: 409 },
        { verdict: 'block', degraded: true },
      ]);
    } finally {
      await gateway.stop();
    }
  });

  it('lets pass with --fail-mode allow, and says so', async () => {
    const gateway = await withFault('allow', side);
    try {
      for (const stream of [false, true]) {
        const response = await post(gateway.url, 'secret words', { stream });
        expect(response.status).toBe(200);
        await response.text();
      }
      expect(gateway.decisions).toMatchObject([
        { verdict: 'allow', reason_code: 'engine.failed', degraded: true, status: 200 },
        { verdict: 'allow', degraded: true },
      ]);
      expect(JSON.stringify(gateway.facts)).not.toContain('secret words');
    } finally {
      await gateway.stop();
    }
  });
});

describe('a fault of ours outside the evaluation', () => {
  it('is 500, and in the log', async () => {
    const gateway = await startTestGateway();
    const outcome = gateway.load(policyFor([upstream.url]), null);
    if (outcome.kind !== 'loaded') throw new Error(outcome.kind);
    const tokens = (): never => {
      throw new TypeError('a fault in what counts secret words');
    };
    gateway.current.swap({ ...outcome.loaded, limits: { ...outcome.loaded.limits, admit: tokens } });
    try {
      const response = await post(gateway.url, 'secret words');
      expect(response.status).toBe(500);
      expect(await response.json()).toMatchObject({ error: { code: 'internal_error' } });
      expect(gateway.facts).toContainEqual([
        'request.failed',
        expect.objectContaining({ error: 'TypeError' }),
      ]);
      expect(JSON.stringify(gateway.facts)).not.toContain('secret words');
    } finally {
      await gateway.stop();
    }
  });
});
