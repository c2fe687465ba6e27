import { describe, expect, it } from 'vitest';
import { MAX_DELIVERY_BYTES } from '../../lib/providers/delivery.ts';
import { readDelivery } from '../../lib/providers/read-delivery.ts';
import { signedDelivery } from '../support/deliveries.ts';
import { AFTER, BEFORE, HOOK_PROVIDERS, NOW, REAL_DELIVERIES } from './real-deliveries.ts';

const SECRET = 'a secret of its own';

describe('a real delivery', () => {
  it('comes in at least sixty shapes', () => {
    expect(REAL_DELIVERIES.length).toBeGreaterThanOrEqual(60);
  });

  it.each(REAL_DELIVERIES)('is read: $name', async ({ provider, secret, delivery, kind, refs }) => {
    const verdict = await readDelivery(provider, delivery, [secret], NOW);
    expect(verdict.kind).toBe(kind);
    if (verdict.kind === 'push') expect(verdict.refs.map(({ ref }) => ref)).toEqual(refs);
  });

  it.each(REAL_DELIVERIES)(
    'is refused when signed with another secret: $name',
    async ({ provider, delivery }) => {
      const verdict = await readDelivery(provider, delivery, ['another secret'], NOW);
      expect(verdict.kind).toBe('refused');
    },
  );
});

describe.each(HOOK_PROVIDERS)('a push from %s', (provider) => {
  it('names the ref in full, both commits and the repository', async () => {
    const delivery = signedDelivery(provider, SECRET, {
      repositoryUrl: 'https://git.example.com/acme/policies',
    });
    const verdict = await readDelivery(provider, delivery, [SECRET], NOW);
    expect(verdict).toMatchObject({
      kind: 'push',
      deliveryId: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
      refs: [{ ref: 'refs/heads/main', before: BEFORE, after: AFTER }],
      repository: { name: 'acme/policies' },
    });
    const id = provider === 'bitbucket' ? '{00000000-0000-4000-8000-000000000042}' : '42';
    expect(verdict).toHaveProperty('repository.id', id);
    expect(verdict).toHaveProperty('repository.urls[0]', 'https://git.example.com/acme/policies');
  });

  it('has no commit before it when the branch is new', async () => {
    const delivery = signedDelivery(provider, SECRET, { before: null });
    const verdict = await readDelivery(provider, delivery, [SECRET], NOW);
    expect(verdict).toHaveProperty('refs[0].before', null);
  });

  it('is accepted with either secret during a rotation, in any order', async () => {
    for (const live of [
      ['old', 'new'],
      ['new', 'old'],
      ['', 'older', 'new', 'old'],
    ]) {
      const signed = ['old', 'new'].map((secret) => signedDelivery(provider, secret, { at: NOW }));
      for (const delivery of signed) {
        expect((await readDelivery(provider, delivery, live, NOW)).kind).toBe('push');
      }
    }
  });

  it('keeps an odd delivery id to itself', async () => {
    const delivery = signedDelivery(provider, SECRET, { deliveryId: '"\n{"level":"error"}' });
    expect(await readDelivery(provider, delivery, [SECRET], NOW)).toHaveProperty('deliveryId', null);
  });

  it('is refused unread when it is larger than the cap', async () => {
    const body = new Uint8Array(MAX_DELIVERY_BYTES + 1);
    const verdict = await readDelivery(provider, { headers: {}, body }, [SECRET], NOW);
    expect(verdict).toMatchObject({ kind: 'malformed', code: 413 });
  });
});
