/** Versions are written once. What is in force moves in one transaction, or not at all. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { activateByHand, followGit, newConfiguration } from '../../lib/domain/configuration.ts';
import { newEvent } from '../../lib/domain/event.ts';
import { sha256Hex } from '../../lib/domain/ids.ts';
import { refOf, type Version, versionId } from '../../lib/domain/version.ts';
import type { Step } from '../../lib/ports.ts';
import { memoryGit } from '../fakes/memory-git.ts';
import { policy, startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

type Here = Awaited<ReturnType<World['fresh']>>;

function versionOf(number: number, content: string, commit: string | null = 'c'.repeat(40)): Version {
  const contentHash = sha256Hex(content);
  return {
    id: versionId('payments', contentHash, commit ?? ''),
    configurationId: 'payments',
    number,
    contentHash,
    source: commit === null ? 'api' : 'git',
    commit,
    blob: null,
    author: 'Ada',
    message: `change ${number}`,
    packVersion: '1.0.0',
    createdAt: '2026-03-01T12:00:00.000Z',
    summary: '',
  };
}

async function step(here: Here, version: Version, content: string, more: Partial<Step> = {}): Promise<Step> {
  const before = await here.ports.configurations.find('payments');
  const at = here.ports.clock.now();
  const settings = { name: 'payments', description: '', labels: {} };
  const base = before ?? newConfiguration('payments', 'default', settings, at.toISOString());
  const change = followGit(base, refOf(version), at);
  return {
    before,
    after: base,
    change,
    publish: { version, content: Buffer.from(content) },
    lease: null,
    unsettle: null,
    events: [newEvent(at, { type: 'version.published', actor: 'test', team: 'default', detail: {} })],
    activation: null,
    ...more,
  };
}

describe('a version', () => {
  it('keeps its exact bytes, and is found by number and by id', async () => {
    const here = await world.fresh();
    const content = `# \u00e9\r\n${policy()}\u0000`;
    const version = versionOf(1, content);
    expect(await here.ports.configurations.move(await step(here, version, content))).toBe('moved');
    for (const name of ['1', version.id])
      expect(await here.ports.versions.find('payments', name)).toEqual(version);
    for (const name of ['0', '2', '01', '1.0', '', '-1', `${version.id}x`, '9'.repeat(30)])
      expect(await here.ports.versions.find('payments', name)).toBeNull();
    expect(await here.ports.versions.find('other', version.id)).toBeNull();
    const stored = await here.ports.versions.content(version.contentHash);
    expect(Buffer.from(stored ?? []).toString()).toBe(content);
  });

  it('is never overwritten, whoever tries with whatever', async () => {
    const here = await world.fresh();
    const version = versionOf(1, 'one');
    await here.ports.configurations.move(await step(here, version, 'one'));
    await here.ports.configurations.move(await step(here, versionOf(2, 'two'), 'two'));
    const before = await here.configuration('payments');
    await fc.assert(
      fc.asyncProperty(
        fc.record({ number: fc.integer({ min: 1, max: 2 }), text: fc.string(), sameId: fc.boolean() }),
        async ({ number, text, sameId }) => {
          const forged = versionOf(number, `forged ${text}`);
          const attempt = sameId ? { ...forged, id: version.id, number: 3 } : forged;
          expect(await here.ports.configurations.move(await step(here, attempt, `forged ${text}`))).toBe(
            'conflict',
          );
        },
      ),
      { numRuns: 100 },
    );
    expect(await here.ports.versions.find('payments', '1')).toEqual(version);
    expect(await here.ports.versions.find('payments', version.id)).toEqual(version);
    expect(await here.configuration('payments')).toEqual(before);
    // Nothing of a transaction that failed is left: no content, no event.
    expect(await here.ports.versions.content(sha256Hex('forged '))).toBeNull();
    expect((await here.eventTypes()).filter((type) => type === 'version.published')).toHaveLength(2);
  });

  it('is listed newest first, in pages that leave none out', async () => {
    const here = await world.fresh();
    for (let number = 1; number <= 25; number++) {
      const content = `content ${number}`;
      await here.ports.configurations.move(await step(here, versionOf(number, content), content));
    }
    for (const limit of [1, 7, 25, 200]) {
      const numbers: number[] = [];
      let after: string | null = null;
      do {
        const page = await here.ports.versions.list('payments', limit, after);
        expect(page.items.length).toBeLessThanOrEqual(limit);
        numbers.push(...page.items.map(({ number }) => number));
        after = page.next;
      } while (after !== null);
      expect(numbers).toEqual(Array.from({ length: 25 }, (_, i) => 25 - i));
    }
  });
});

describe('moving what is in force', () => {
  it('succeeds once for many who read the same state', async () => {
    const here = await world.fresh();
    await here.ports.configurations.move(await step(here, versionOf(1, 'one'), 'one'));
    const steps = await Promise.all(
      Array.from({ length: 12 }, (_, i) => step(here, versionOf(2, `two ${i}`), `two ${i}`)),
    );
    const results = await Promise.all(steps.map((one) => here.ports.configurations.move(one)));
    expect(results.filter((result) => result === 'moved')).toHaveLength(1);
    expect(await here.configuration('payments')).toMatchObject({ versions: 2, sequence: 2, revision: 2 });
  });

  it('is refused to a run whose lease another run has, and says so', async () => {
    const here = await world.fresh();
    const git = memoryGit();
    git.commit({ 'policy-config.yaml': policy() });
    Object.assign(here.ports, { git });
    const { link } = await here.link('http://git.example/fence.git');
    const take = async () => {
      await here.ports.sources.hint(link.sourceId, here.ports.clock.now());
      const lease = await here.ports.sources.lease(link.sourceId, here.ports.clock.now());
      if (typeof lease === 'string') throw new Error(lease);
      return lease;
    };
    const slow = await take();
    expect(await here.ports.sources.lease(link.sourceId, here.ports.clock.now())).toBe('held');
    here.time.at += 120_000;
    const quick = await take();
    expect(quick.epoch).toBeGreaterThan(slow.epoch);
    const version = versionOf(2, 'two');
    expect(await here.ports.configurations.move(await step(here, version, 'two', { lease: slow }))).toBe(
      'lost',
    );
    expect(await here.configuration('payments')).toMatchObject({ versions: 1 });
    expect(await here.ports.configurations.move(await step(here, version, 'two', { lease: quick }))).toBe(
      'moved',
    );
    expect(await here.configuration('payments')).toMatchObject({ versions: 2, active: { number: 2 } });
  });

  it('by hand and by git at once is one after the other, in every order', async () => {
    for (let round = 0; round < 12; round++) {
      const here = await world.fresh();
      for (const number of [1, 2])
        await here.ports.configurations.move(await step(here, versionOf(number, `v${number}`), `v${number}`));
      const byGit = await step(here, versionOf(3, 'v3'), 'v3');
      const before = byGit.before;
      const first = await here.ports.versions.find('payments', '1');
      if (!before || !first) throw new Error('not there');
      const byHand: Step = {
        ...byGit,
        change: activateByHand(before, refOf(first), null),
        publish: null,
      };
      const order = round % 2 === 0 ? [byGit, byHand] : [byHand, byGit];
      const results = await Promise.all(order.map((one) => here.ports.configurations.move(one)));
      expect(results.toSorted()).toEqual(['conflict', 'moved']);
      const { active, sequence } = await here.configuration('payments');
      expect(sequence).toBe(3);
      expect([1, 3]).toContain(active?.number);
    }
  });

  it('leaves a mark that is announced once, and that a later move renews', async () => {
    const here = await world.fresh();
    const { announcements, configurations } = here.ports;
    await configurations.move(await step(here, versionOf(1, 'one'), 'one'));
    const mark = await announcements.find('payments');
    expect(mark).toMatchObject({ sequence: 1, reload: true });
    if (!mark) throw new Error('no mark');
    await configurations.move(await step(here, versionOf(2, 'two'), 'two'));
    const told = newEvent(here.ports.clock.now(), {
      type: 'version.announced',
      actor: 'test',
      team: 'default',
      detail: {},
    });
    await announcements.done(mark, told);
    expect(await announcements.find('payments')).toMatchObject({ sequence: 2 });
    const pending = [];
    for await (const { marks } of announcements.pending()) pending.push(...marks);
    expect(pending.map(({ configurationId, sequence }) => [configurationId, sequence])).toEqual([
      ['payments', 2],
    ]);
    await announcements.done({ ...mark, sequence: 2 }, told);
    expect(await announcements.find('payments')).toBeNull();
  });
});
