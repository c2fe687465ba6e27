/** Replays: an authentic delivery, sent again later by somebody who recorded it. */
import { afterAll, describe, expect, it } from 'vitest';
import type { HookProvider } from '../../../lib/domain/provider.ts';
import { NOW } from '../../providers/real-deliveries.ts';
import { signedDelivery } from '../../support/deliveries.ts';
import { policy } from '../../support/policy.ts';
import { tally } from '../../support/soak.ts';
import type { Sent } from './forgeries.ts';
import { FILE, hooked } from './hooked.ts';
import { SCHEMES, type Scheme } from './schemes.ts';

const LATER = [
  ['1 minute', 60],
  ['10 minutes', 600],
  ['11 minutes', 660],
  ['3 days', 259_200],
  ['30 days', 2_592_000],
] as const;
const ID_HEADER = {
  github: 'x-github-delivery',
  gitlab: 'x-gitlab-event-uuid',
  bitbucket: 'x-request-uuid',
  gitea: 'x-gitea-delivery',
} as const satisfies Record<HookProvider, string>;

const counts = { replays: 0, 'new versions': 0, 'hints left unanswered': 0 };
afterAll(() => tally('hostile deliveries: replayed', counts));

function sentOf({ provider, secret }: Scheme, after: string): Sent {
  const { headers, body } = signedDelivery(provider, secret, { at: NOW, after, branch: 'main' });
  return {
    headers: Object.entries(headers).map(([name, value]) => [name, value ?? ''] as const),
    body: Buffer.from(body),
  };
}

const renamed = (sent: Sent, name: string, value: string): Sent => ({
  ...sent,
  headers: sent.headers.map(([key, old]) => [key, key === name ? value : old] as const),
});

describe.each(SCHEMES)('a delivery of $name that is replayed', (scheme) => {
  it.each(LATER)(
    'after %s costs at most a look, whatever its id, and even when the branch moved on or back',
    async (_, seconds) => {
      const { world, links, sources, post, eventOf } = await hooked(scheme, NOW);
      const git = world.git.at(links[0]?.repoUrl ?? '');
      const gateway = await world.gateway('c-main');
      const pushed = git.commit({ [FILE]: policy({ limit: 200 }) });
      const recorded = sentOf(scheme, pushed);
      expect((await post(eventOf(recorded))).status).toBe(202);
      await world.deliver();
      const kept = async () => {
        const { active, head, sequence, versions } = await world.configuration('c-main');
        const told = world.reloadsOf(gateway).length;
        return { active, head, sequence, versions, told, events: (await world.eventTypes('c-main')).length };
      };

      /** Of an older tip than the branch has by now: it must not come back. */
      const replayAll = async () => {
        const before = await kept();
        for (const replay of [recorded, renamed(recorded, ID_HEADER[scheme.provider], 'another-id')]) {
          const { status } = await post(eventOf(replay));
          // The signed scheme of GitLab says when it was signed.
          expect(status).toBe(scheme.secret.startsWith('whsec_') && seconds > 300 ? 401 : 202);
          await world.advance(60);
          counts.replays++;
        }
        const after = await kept();
        counts['new versions'] += after.versions - before.versions;
        expect(after).toEqual(before);
      };

      world.time.at = NOW.getTime() + seconds * 1000;
      await replayAll();
      git.commit({ [FILE]: policy({ limit: 300 }) });
      await world.ports.sources.hint(sources.get('main') ?? '', world.ports.clock.now());
      await world.tick();
      expect(await world.configuration('c-main')).toMatchObject({ versions: 3 });
      world.time.at = Math.max(world.time.at, NOW.getTime() + seconds * 1000);
      await replayAll();
      const { source } = await world.linkNow(links[0]?.id ?? '');
      if (source?.wanted !== source?.done) counts['hints left unanswered']++;
      expect(source?.wanted).toBe(source?.done);
    },
  );
});
