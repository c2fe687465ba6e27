/** Forged deliveries: authentic ones, changed by somebody who does not know the secret. */
import { afterAll, describe, expect, it } from 'vitest';
import { NOW, REAL_DELIVERIES } from '../../providers/real-deliveries.ts';
import { seedOf, tally, times } from '../../support/soak.ts';
import { randomOf } from '../random.ts';
import { forge, type Sent } from './forgeries.ts';
import { type Heap, watchHeap } from './heap.ts';
import { hooked } from './hooked.ts';
import { isAuthentic, SCHEMES, type Scheme } from './schemes.ts';

const SEED = seedOf(20_261_121);
/** Over all schemes. */
const FORGERIES = times(2_400, 120_000);
const EACH = Math.ceil(FORGERIES / SCHEMES.length);
const ANSWERS = { forged: [400, 401, 404, 413, 415], authentic: [200, 202, 400, 413, 415] };

const counts = { refused: 0, 'still authentic': 0, accepted: 0, '5xx': 0 };
const statuses = new Map<number, number>();
const heaps: Heap[] = [];

afterAll(() => {
  const byStatus = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}×${count}`);
  const growth = Math.max(...heaps.map(({ grownMb }) => grownMb));
  tally('hostile deliveries: forged', {
    seed: SEED,
    ...counts,
    answers: byStatus.join(' '),
    'heap growth, MB': growth,
  });
});

function bases(scheme: Scheme): Sent[] {
  const real = REAL_DELIVERIES.filter(
    ({ provider, secret }) => provider === scheme.provider && secret === scheme.secret,
  );
  return real.map(({ delivery: { headers, body } }) => ({
    headers: Object.entries(headers).map(([name, value]) => [name, value ?? ''] as const),
    body: Buffer.from(body),
  }));
}

describe.each(SCHEMES)('forged deliveries: $name', (scheme) => {
  it('are all refused: nothing is hinted, nothing is written, and nothing is a fault of ours', async () => {
    const [target, twin] = [await hooked(scheme, NOW), await hooked(scheme, NOW)];
    const sources = bases(scheme);
    const before = target.stored();
    const heap = watchHeap(EACH);
    for (let which = 0, forged = 0; forged < EACH; which++) {
      const random = randomOf(SEED, which);
      const sent = forge(random.pick(sources), scheme, random, NOW);
      const event = target.eventOf(sent);
      // What API Gateway takes for text reaches a function decoded, whatever it was.
      const seen = event.isBase64Encoded ? sent.body : Buffer.from(sent.body.toString('utf8'));
      const authentic = isAuthentic(scheme, event.headers, seen, NOW);
      const { status } = await (authentic ? twin : target).post(event);
      if (status >= 500) counts['5xx']++;
      if (!authentic && status < 300) counts.accepted++;
      const about = `seed ${SEED}, forgery ${which} of ${scheme.name}: ${describeSent(sent)}`;
      expect(ANSWERS[authentic ? 'authentic' : 'forged'], about).toContain(status);
      if (authentic) counts['still authentic']++;
      else {
        forged++;
        if (status >= 400 && status < 500) counts.refused++;
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        expect(target.world.hints, about).toHaveLength(0);
        heap.look(forged);
      }
      twin.world.hints.length = 0;
    }
    expect(target.stored()).toBe(before);
    expect(target.logged()).toBe(EACH);
    expect(heap.grownMb).toBeLessThan(8);
    heaps.push(heap);
  });
});

function describeSent({ headers, body }: Sent): string {
  return JSON.stringify({ headers, body: body.toString('base64').slice(0, 4_000) });
}
