/** A git host of several replicas that lag behind each other: what is recorded of a commit is what that commit holds. */
import { describe, expect, it } from 'vitest';
import { Fault } from '../../lib/domain/fault.ts';
import { sha256Hex } from '../../lib/domain/ids.ts';
import type { GitHost } from '../../lib/ports.ts';
import { type Random, randomOf } from '../hostile/random.ts';
import { signedDelivery } from '../support/deliveries.ts';
import { FaultPoint } from '../support/faults.ts';
import { policy } from '../support/policy.ts';
import { seedOf, tally, times } from '../support/soak.ts';
import { type Functions, functionsOver, redeliver } from './crash/functions.ts';
import { immutableRows, wrongIn } from './crash/integrity.ts';
import { FILE, REPO, remembered, type Stage, settle, stage } from './crash/stage.ts';

/** Many runs, on a machine that may be busy with others. */
const LONGEST = times(180_000, 6 * 3_600_000);

const REPLICAS = 3;

/** Each replica shows the tips up to its own place among all that there were; every question goes to any of them. */
function replicated({ here, repository }: Stage, random: Random) {
  const tips = [repository.tip() ?? ''];
  const places = Array.from({ length: REPLICAS }, () => 0);
  const counts = { stale: 0, missing: 0 };
  const { git } = here;
  const any = () => random.pick(places);
  const host: GitHost = {
    async resolve() {
      const at = any();
      if (at < tips.length - 1) counts.stale++;
      return tips[at] ?? null;
    },
    async read(request) {
      if (!tips.slice(0, any() + 1).includes(request.commit)) {
        counts.missing++;
        throw random.chance(0.5)
          ? new Fault('not_found', 'the git host does not have that commit')
          : new Fault('network', 'the git host answered 500');
      }
      return git.read(request);
    },
  };
  here.below.git = host;
  return {
    counts,
    /** Pushed to the first replica; the others hear of it later. */
    push(limit: number): string {
      const commit = repository.commit({ [FILE]: policy({ limit }) });
      tips.push(commit);
      places[0] = tips.length - 1;
      return commit;
    },
    /** The branch goes back to what it held before: a force-push. */
    goBack(): string {
      const commit = random.pick(tips);
      repository.setTip(commit);
      tips.push(commit);
      places[0] = tips.length - 1;
      return commit;
    },
    catchUp(one: number): void {
      places[one] = Math.min(tips.length - 1, (places[one] ?? 0) + 1 + random.below(2));
    },
    converge(): void {
      places.fill(tips.length - 1);
    },
  };
}

async function step(
  at: Stage,
  functions: Functions,
  host: ReturnType<typeof replicated>,
  random: Random,
): Promise<void> {
  const deliver = (after: string) =>
    functions.deliver(at.hookId, signedDelivery('github', at.secret, { repositoryUrl: REPO, after }));
  const done = random.below(8);
  if (done < 2) await deliver(host.push(1 + random.below(5)));
  else if (done === 2) await deliver(host.goBack());
  else if (done === 3) host.push(1 + random.below(5));
  else if (done < 6) host.catchUp(random.below(REPLICAS));
  else await functions.tick();
  at.here.time.at += random.below(4) * 5_000;
  await functions.work();
  redeliver(at.here, functions);
}

/** Whoever says `synced` with a tip runs, or holds as its head, what is at that tip. */
async function falselySynced(at: Stage): Promise<string[]> {
  const { status, source } = await at.here.linkNow(at.linkId);
  if (status !== 'synced' || !source?.tip) return [];
  const { head } = await at.here.configuration('payments');
  const held = at.repository.filesAt(source.tip)[FILE] ?? '';
  return head?.contentHash === sha256Hex(held)
    ? []
    : [`synced at ${source.tip}, whose bytes are not ${head?.contentHash}`];
}

describe('a git host of stale replicas', () => {
  it(
    'leads to no version that its commit does not hold, and to no false synced',
    async () => {
      const seed = seedOf(20261105);
      const runs = times(60, 2_000);
      const again = remembered(await stage());
      const counts = { runs: 0, steps: 0, stale: 0, missing: 0, synced: 0 };
      for (let one = 0; one < runs; one++) {
        const random = randomOf(seed, one);
        const at = await again();
        const before = immutableRows(at.here);
        const host = replicated(at, random);
        const functions = functionsOver(at.here, new FaultPoint());
        for (let steps = 8 + random.below(8); steps > 0; steps--) {
          await step(at, functions, host, random);
          const { status } = await at.here.linkNow(at.linkId);
          if (status === 'synced') counts.synced++;
          counts.steps++;
          expect({ run: one, wrong: await falselySynced(at) }).toEqual({ run: one, wrong: [] });
        }
        host.converge();
        await settle(at.here);
        await settle(at.here);
        expect({ run: one, wrong: wrongIn(at.here, before) }).toEqual({ run: one, wrong: [] });
        counts.runs++;
        counts.stale += host.counts.stale;
        counts.missing += host.counts.missing;
      }
      tally('stale replicas (I5)', { ...counts, seed });
    },
    LONGEST,
  );
});
