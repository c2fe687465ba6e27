/** A host that asks to be left alone is left alone for exactly as long as it asked, by everyone. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fault } from '../../lib/domain/fault.ts';
import { sync } from '../../lib/pipeline/sync.ts';
import { memoryGit } from '../fakes/memory-git.ts';
import { policy, startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const FILE = 'policy-config.yaml';
const HOST = 'git.example';

async function linked(pollIntervalSeconds = 60) {
  const here = await world.fresh();
  const git = memoryGit();
  const asked: number[] = [];
  let answer: Fault | null = null;
  const host = {
    ...git,
    resolve: async () => {
      asked.push(here.time.at);
      if (answer) throw answer;
      return git.tip();
    },
  };
  Object.assign(here.ports, { git: host });
  git.commit({ [FILE]: policy() });
  const { link } = await here.link(`http://${HOST}/one.git`, { pollIntervalSeconds });
  asked.length = 0;
  const hint = async () => {
    await here.ports.sources.hint(link.sourceId, here.ports.clock.now());
    return sync({ source: link.sourceId, why: 'hint', commit: null, attempt: 0 }, here.ports);
  };
  return {
    here,
    git,
    link,
    asked,
    hint,
    answerWith: (fault: Fault | null) => {
      answer = fault;
    },
  };
}

describe('a host that asks us to wait', () => {
  it('is asked again when its time is up, however often we wanted to ask meanwhile', async () => {
    const { here, asked, hint, answerWith } = await linked();
    const from = here.time.at;
    answerWith(new Fault('rate_limited', 'slow down', { retryAfter: 10 }));
    await hint();
    answerWith(null);
    for (let step = 0; step < 40; step++) {
      here.time.at += 300;
      await hint();
    }
    expect(asked[0]).toBe(from);
    expect(asked[1]).toBeGreaterThanOrEqual(from + 10_000);
    expect(asked[1]).toBeLessThan(from + 11_500);
  });

  it('is left alone for the longest time it named', async () => {
    const { here } = await linked();
    const now = here.time.at;
    await here.ports.hostLimits.set(HOST, new Date(now + 120_000));
    await here.ports.hostLimits.set(HOST, new Date(now + 5000));
    expect(await here.ports.hostLimits.until(HOST, new Date(now))).toEqual(new Date(now + 120_000));
    await here.ports.hostLimits.set(HOST, new Date(now + 300_000));
    expect(await here.ports.hostLimits.until(HOST, new Date(now))).toEqual(new Date(now + 300_000));
  });

  it('is heard also when it says so with a 503', async () => {
    const { here, asked, hint, answerWith } = await linked();
    answerWith(new Fault('network', 'it answered 503', { retryAfter: 30 }));
    await hint();
    answerWith(null);
    here.time.at += 20_000;
    await hint();
    expect(asked).toHaveLength(1);
  });

  it('is left alone for a minute when it limits us without saying how long', async () => {
    const { here, asked, hint, answerWith } = await linked();
    answerWith(new Fault('rate_limited', 'slow down'));
    await hint();
    answerWith(null);
    here.time.at += 55_000;
    await hint();
    expect(asked).toHaveLength(1);
    here.time.at += 6000;
    await hint();
    expect(asked).toHaveLength(2);
  });
});

describe('a host in trouble', () => {
  it('does not make a push wait for a poll interval of a day', async () => {
    const { here, git, hint, answerWith } = await linked(86_400);
    git.commit({ [FILE]: policy({ limit: 200 }) });
    answerWith(new Fault('network', 'connection reset'));
    await hint();
    answerWith(null);
    for (let minute = 0; minute < 3; minute++) await here.tick();
    expect(await here.configuration('payments')).toMatchObject({ active: { number: 2 } });
  });
});
