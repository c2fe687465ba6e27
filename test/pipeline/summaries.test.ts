/** Summaries: what a version is stored with says what it does to the version before it. */
import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyOf } from '../../lib/aws/keys.ts';
import { activate } from '../../lib/pipeline/activate.ts';
import { createConfiguration, updateConfiguration } from '../../lib/pipeline/manage/configurations.ts';
import { CALLER, policy, startWorld, type World } from '../support/world.ts';

const FILE = 'policy-config.yaml';
let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

type Here = Awaited<ReturnType<World['fresh']>>;

async function summaryOf(here: Here, id: string, number: number): Promise<string | undefined> {
  return (await here.ports.versions.find(id, String(number)))?.summary;
}

describe('a version that git published', () => {
  async function linked() {
    const repository = await world.git.createRepository({ files: { [FILE]: policy() } });
    const here = await world.fresh();
    const { link } = await here.link(repository.url);
    const push = async (text: string): Promise<void> => {
      await repository.commit({ [FILE]: text });
      await here.ports.sources.hint(link.sourceId, here.ports.clock.now());
      const message = { source: link.sourceId, why: 'hint', commit: null, attempt: 0 } as const;
      await here.ports.syncQueue.send([{ message, delaySeconds: 0 }]);
      await here.deliver();
    };
    return { here, push };
  }

  it('says what it does to the head before it', async () => {
    const { here, push } = await linked();
    expect(await summaryOf(here, 'payments', 1)).toBe('first version: spend-limit');
    await push(policy({ limit: 200 }));
    expect(await summaryOf(here, 'payments', 2)).toBe('1 loosens: spend-limit.max_daily_usd 100 → 200');
    await push(`# only a comment\n${policy({ limit: 200 })}`);
    expect(await summaryOf(here, 'payments', 3)).toBe('no semantic change');
  });

  it('is published all the same when the content before it is gone, or damaged', async () => {
    const { here, push } = await linked();
    const { client, name: TableName } = here.ports.table;
    const first = (await here.configuration('payments')).head?.contentHash ?? '';
    await client.send(new DeleteItemCommand({ TableName, Key: marshall(keyOf.content(first)) }));
    await push(policy({ limit: 200 }));
    expect(await summaryOf(here, 'payments', 2)).toBe('content changed');
    const second = (await here.configuration('payments')).head?.contentHash ?? '';
    const damaged = { ...keyOf.content(second), gzip: Buffer.from('no gzip') };
    await client.send(new PutItemCommand({ TableName, Item: marshall(damaged) }));
    await push(policy({ limit: 300 }));
    expect(await summaryOf(here, 'payments', 3)).toBe('content changed');
    expect(await here.configuration('payments')).toMatchObject({ active: { number: 3 } });
  });
});

describe('a version that a person wrote', () => {
  it('says what it does to the version in force', async () => {
    const here = await world.fresh();
    const wish = { id: 'cfg', team: 'org', name: 'x', description: '', labels: {} };
    await createConfiguration({ ...wish, policyYaml: policy({ limit: 1 }) }, CALLER, here.ports);
    const write = async (limit: number): Promise<void> => {
      const before = await here.configuration('cfg');
      await updateConfiguration(before, { policyYaml: policy({ limit }) }, CALLER, here.ports);
    };
    await write(50);
    await activate('cfg', '1', { reason: 'incident 7', hold: null }, CALLER, here.ports);
    await write(20);
    expect(await summaryOf(here, 'cfg', 1)).toBe('first version: spend-limit');
    expect(await summaryOf(here, 'cfg', 2)).toBe('1 loosens: spend-limit.max_daily_usd 1 → 50');
    expect(await summaryOf(here, 'cfg', 3)).toBe('1 loosens: spend-limit.max_daily_usd 1 → 20');
  });

  it('is the first when the configuration was there without a document', async () => {
    const here = await world.fresh();
    const wish = { id: 'cfg', team: 'org', name: 'x', description: '', labels: {}, policyYaml: null };
    await createConfiguration(wish, CALLER, here.ports);
    await updateConfiguration(await here.configuration('cfg'), { policyYaml: policy() }, CALLER, here.ports);
    expect(await summaryOf(here, 'cfg', 1)).toBe('first version: spend-limit');
  });
});
