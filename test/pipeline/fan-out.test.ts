/** Fan-out while the world moves on: no gateway is left with what is no longer in force. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { activate } from '../../lib/pipeline/activate.ts';
import { fanOut } from '../../lib/pipeline/fan-out.ts';
import { updateGateway } from '../../lib/pipeline/manage/gateways.ts';
import { memoryGit } from '../fakes/memory-git.ts';
import { CALLER, policy, startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const FILE = 'policy-config.yaml';

/** Three versions: 1 and 3 have the same bytes; 3 is active and announced. */
async function threeVersions() {
  const here = await world.fresh();
  const git = memoryGit();
  Object.assign(here.ports, { git });
  git.commit({ [FILE]: policy({ limit: 1 }) });
  const { link } = await here.link('http://git.example/fleet.git');
  for (const limit of [2, 1]) {
    git.commit({ [FILE]: policy({ limit }) });
    await here.ports.sources.hint(link.sourceId, here.ports.clock.now());
    await here.tick();
  }
  const gateway = await here.gateway('payments');
  const by = (number: string) =>
    activate('payments', number, { reason: 'test', hold: null }, CALLER, here.ports);
  return { here, link, gateway, by };
}

type Here = Awaited<ReturnType<World['fresh']>>;

async function endsWith(here: Here, gateway: { queueName: string }) {
  await here.deliver();
  const told = here.reloadsOf(gateway);
  const last = told.toSorted((a, b) => a.manifest.sequence - b.manifest.sequence).at(-1);
  const { active } = await here.configuration('payments');
  expect(last?.manifest.content_hash).toBe(active?.contentHash);
  expect(await here.ports.announcements.find('payments')).toBeNull();
}

/** One gateway a page. */
function oneAPage(here: Here) {
  const { gateways } = here.ports;
  const bound: typeof gateways.bound = async (id, after) => {
    const { items } = await gateways.bound(id, null);
    const at = after === null ? 0 : Number(after);
    return { items: items.slice(at, at + 1), next: at + 1 < items.length ? String(at + 1) : null };
  };
  Object.assign(here.ports, { gateways: { ...gateways, bound } });
}

describe('fan-out', () => {
  it('tells of an activation that came between its reading the mark and the configuration', async () => {
    const { here, gateway, by } = await threeVersions();
    // Same bytes: announced, but no gateway needs a message.
    await by('1');
    const message = here.announcements.shift();
    if (!message) throw new Error('nothing to announce');
    const { configurations, announcements } = here.ports;
    let markRead: Promise<unknown> = Promise.resolve();
    const ports = {
      ...here.ports,
      announcements: {
        ...announcements,
        find: (id: string) => {
          const found = announcements.find(id);
          markRead = found.then(() => by('2'));
          return found;
        },
      },
      configurations: {
        ...configurations,
        find: async (id: string) => {
          await new Promise((resolve) => setTimeout(resolve, 5));
          await markRead;
          return configurations.find(id);
        },
      },
    };
    await fanOut(message, ports);
    await endsWith(here, gateway);
  });

  it('ends with everyone told when a second activation comes while pages are under way', async () => {
    const { here, gateway, by } = await threeVersions();
    const second = await here.gateway('payments');
    oneAPage(here);
    await by('2');
    const first = here.announcements.shift();
    if (!first) throw new Error('nothing to announce');
    expect(await fanOut(first, here.ports)).toMatchObject({ kind: 'continued' });
    await by('1');
    // The continuation of the first comes last: it must not end what the second began.
    here.announcements.reverse();
    for (const gatewayTold of [gateway, second]) await endsWith(here, gatewayTold);
  });

  it.each(['before it is recorded what is announced', 'as the gateways are read'])(
    'leaves nobody out who is bound %s',
    async (when) => {
      const { here, by } = await threeVersions();
      const late = await here.gateway(null, 'late');
      await by('2');
      const message = here.announcements.shift();
      if (!message) throw new Error('nothing to announce');
      const { gateways, announcements } = here.ports;
      const bind = () => updateGateway(late, { configurationId: 'payments' }, CALLER, here.ports);
      const meanwhile = when.startsWith('before')
        ? {
            announcements: {
              ...announcements,
              record: async (...args: Parameters<typeof announcements.record>) => {
                await bind();
                return announcements.record(...args);
              },
            },
          }
        : {
            gateways: {
              ...gateways,
              bound: async (...args: Parameters<typeof gateways.bound>) => {
                const page = await gateways.bound(...args);
                await bind();
                return page;
              },
            },
          };
      await fanOut(message, { ...here.ports, ...meanwhile });
      await endsWith(here, late);
    },
  );

  it('says why gateways could not be told', async () => {
    const { here, by } = await threeVersions();
    await by('2');
    const message = here.announcements.shift();
    if (!message) throw new Error('nothing to announce');
    const reloads = {
      ...here.ports.reloads,
      send: () => Promise.reject(new Error('the queue is on fire')),
    };
    const failure = await fanOut(message, { ...here.ports, reloads }).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      message: '1 gateways were not told of sequence 4',
      cause: { message: 'the queue is on fire' },
    });
    expect(await here.ports.announcements.find('payments')).not.toBeNull();
  });

  it('tells the pages behind a queue that always fails at once, and keeps the mark until it was told too', async () => {
    const { here, gateway, by } = await threeVersions();
    const others = [await here.gateway('payments'), await here.gateway('payments')];
    oneAPage(here);
    const { items } = await here.ports.gateways.bound('payments', null);
    const first = items[0]?.id;
    let broken = true;
    const { reloads } = here.ports;
    const send: typeof reloads.send = (queue, message) =>
      broken && first !== undefined && queue.endsWith(first)
        ? Promise.reject(new Error('the queue is on fire'))
        : reloads.send(queue, message);
    Object.assign(here.ports, { reloads: { ...reloads, send } });
    await by('2');
    await expect(here.deliver()).rejects.toThrow('1 gateways were not told of sequence 4');
    const told = [gateway, ...others].filter((one) => here.reloadsOf(one).at(-1)?.manifest.sequence === 4);
    expect(told).toHaveLength(2);
    expect(await here.ports.announcements.find('payments')).toMatchObject({ sequence: 4 });
    broken = false;
    await here.tick();
    for (const one of [gateway, ...others]) await endsWith(here, one);
  });
});
