/** Hostile documents that come by git: a bad file is never active, and holds none of its neighbours back. */
import { afterAll, describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { sha256Hex } from '../../../lib/domain/ids.ts';
import { memoryWorld } from '../../support/memory-world.ts';
import { policy } from '../../support/policy.ts';
import { seedOf, tally, times } from '../../support/soak.ts';
import { randomOf } from '../random.ts';
import { hostileDocument } from './grammar.ts';

const SEED = seedOf(31_337);
const PUSHES = times(60, 3_000);
const TENS = times(10, 300);
const FILE = 'policy-config.yaml';
const URL = 'https://git.example/acme/hostile';

const counts = {
  pushes: 0,
  refused: 0,
  'active though refused': 0,
  'directories of ten': 0,
  'neighbours held back': 0,
};
afterAll(() => tally('hostile documents by git', { seed: SEED, ...counts }));

/** As text: what a repository in memory holds. */
function document(which: number): string {
  return Buffer.from(hostileDocument(randomOf(SEED, which)).bytes).toString('utf8');
}

/** By another reader than ours: what no gateway could ever run. */
function isHopeless(text: string): boolean {
  if (Buffer.byteLength(text) > 256 * 1024 || /^\s*([[{]\s*){33}/.test(text)) return true;
  if (Buffer.byteLength(text) > 20_000) return false;
  try {
    const parsed = parseDocument(text, { logLevel: 'silent' });
    if (parsed.errors.length > 0) return true;
    const value = parsed.toJS();
    return typeof value?.policies?.chain !== 'object' && typeof value?.policy?.name !== 'string';
  } catch {
    return true;
  }
}

describe('a hostile document', () => {
  it('is never active, and what was active before stays; the next good one is published', async () => {
    const world = await memoryWorld();
    const git = world.git.at(URL);
    git.commit({ [FILE]: policy() });
    const { link } = await world.link(URL, { configurationId: 'payments' });
    await world.deliver();
    for (let which = 0; which < PUSHES; which++) {
      const about = `document ${which} of seed ${SEED}`;
      const before = await world.configuration('payments');
      const text = document(which);
      git.commit({ [FILE]: text });
      await hint();
      const [now, after] = [await world.linkNow(link.id), await world.configuration('payments')];
      counts.pushes++;
      if (now.status === 'error') {
        counts.refused++;
        if (after.active?.id !== before.active?.id) counts['active though refused']++;
        expect(['parse', 'validation', 'too_large', 'conflict'], about).toContain(now.error?.class);
        expect(now.error?.message, about).toContain(FILE);
        expect(after, about).toMatchObject({
          active: before.active,
          versions: before.versions,
          sequence: before.sequence,
        });
      } else {
        expect(isHopeless(text), about).toBe(false);
        expect(after.active?.contentHash, about).toBe(sha256Hex(text));
      }
    }
    const good = policy({ limit: 4_711 });
    git.commit({ [FILE]: good });
    await hint();
    expect((await world.configuration('payments')).active?.contentHash).toBe(sha256Hex(good));

    async function hint() {
      await world.ports.sources.hint(link.sourceId, world.ports.clock.now());
      const message = { source: link.sourceId, why: 'hint' as const, commit: git.tip(), attempt: 0 };
      await world.ports.syncQueue.send([{ message, delaySeconds: 0 }]);
      await world.deliver();
    }
  });

  it('among ten files of a directory leaves the other nine published', async () => {
    for (let which = 0; which < TENS; which++) {
      const world = await memoryWorld();
      const good = (limit: number) =>
        Array.from(
          { length: 9 },
          (_, i) => [`p/f${i < 4 ? i : i + 1}.yaml`, policy({ name: `c${i}`, limit })] as const,
        );
      // Two thousand bytes that abort a process come first.
      const text = which === 0 ? '['.repeat(1000) + ']'.repeat(1000) : document(PUSHES + which);
      world.git
        .at(URL)
        .commit({ ...Object.fromEntries(good(1)), 'p/f4.yaml': isHopeless(text) ? text : 'pack: [' });
      const { link } = await world.link(URL, { path: 'p/' });
      await world.deliver();
      expect((await world.linkNow(link.id)).error?.message).toContain('f4.yaml');
      for (const [, file] of good(1)) {
        const name = /name: (c\d)/.exec(file)?.[1] ?? '';
        const active = (await world.configuration(name)).active?.contentHash;
        if (active !== sha256Hex(file)) counts['neighbours held back']++;
        expect(active, `directory ${which} of seed ${SEED}`).toBe(sha256Hex(file));
      }
      counts['directories of ten']++;
    }
  });
});
