/** A credential that was replaced: its old ciphertext opens nothing, and rows from before that was so still do. */
import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyOf } from '../../lib/aws/keys.ts';
import type { Link } from '../../lib/domain/link.ts';
import { createLink, removeLink, updateLink } from '../../lib/pipeline/manage/links.ts';
import { openRepository } from '../../lib/pipeline/repository.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());
type Here = Awaited<ReturnType<World['fresh']>>;

const CALLER = { actor: 'test', requestId: 'test' };
const WISH = {
  team: 'default',
  repoUrl: 'https://git.example/policies.git',
  provider: 'generic',
  branch: 'main',
  path: 'a.yaml',
  username: null,
  accessToken: 'first-token',
  pollIntervalSeconds: 60,
  autoCreateConfiguration: true,
  configurationId: null,
} as const;

async function linked(here: Here): Promise<Link> {
  const outcome = await createLink(WISH, CALLER, here.ports);
  if (outcome.kind !== 'linked') throw new Error(outcome.kind);
  return outcome.link;
}

async function replaced(here: Here, link: Link, accessToken: string): Promise<Link> {
  const outcome = await updateLink(link, { accessToken }, CALLER, here.ports);
  if (outcome.kind !== 'updated') throw new Error(outcome.kind);
  return outcome.link;
}

async function opened(here: Here, link: Link) {
  const source = await here.ports.sources.find(link.sourceId);
  if (!source) throw new Error('no source');
  const { credential } = await openRepository(source, here.ports);
  return credential && 'token' in credential ? credential.token : null;
}

async function row(here: Here, key: { pk: string; sk: string }) {
  const { client, name: TableName } = here.ports.table;
  const { Item } = await client.send(new GetItemCommand({ TableName, Key: marshall(key) }));
  if (!Item) throw new Error('no row');
  return { Item, putBack: () => client.send(new PutItemCommand({ TableName, Item })) };
}

describe('a token that was replaced', () => {
  it('does not come back with its ciphertext', async () => {
    const here = await world.fresh();
    const first = await linked(here);
    const old = await row(here, keyOf.credential(first.id));
    const second = await replaced(here, first, 'second-token');
    expect(await opened(here, second)).toBe('second-token');
    await old.putBack();
    await expect(opened(here, second)).rejects.toMatchObject({ class: 'auth' });
  });

  it('does not come back when it is replaced by itself', async () => {
    const here = await world.fresh();
    const first = await linked(here);
    const old = await row(here, keyOf.credential(first.id));
    const same = await replaced(here, first, WISH.accessToken);
    expect(same.sourceId).toBe(first.sourceId);
    expect(await opened(here, same)).toBe(WISH.accessToken);
    await old.putBack();
    await expect(opened(here, same)).rejects.toMatchObject({ class: 'auth' });
  });

  it.each(['ciphertext', 'generation'] as const)(
    'is passed over by a run that read its %s just before',
    async (late) => {
      const here = await world.fresh();
      const first = await linked(here);
      const before = await here.ports.links.credential(first.sourceId, first.id);
      const second = await replaced(here, first, WISH.accessToken);
      const now = await here.ports.links.credential(second.sourceId, second.id);
      const source = await here.ports.sources.find(second.sourceId);
      if (!before || !now || !source) throw new Error('gone');
      const torn =
        late === 'ciphertext'
          ? { sealed: before.sealed, generation: now.generation }
          : { sealed: now.sealed, generation: before.generation };
      const reads = [torn];
      const links = { ...here.ports.links, credential: async () => reads.shift() ?? now };
      expect(await openRepository(source, { ...here.ports, links })).toMatchObject({
        credential: { token: WISH.accessToken },
      });
    },
  );

  it('does not come back with a link that was deleted and made anew', async () => {
    const here = await world.fresh();
    const first = await linked(here);
    const old = await row(here, keyOf.credential(first.id));
    await removeLink(first, CALLER, here.ports);
    const again = await linked(here);
    expect(again.id).toBe(first.id);
    await old.putBack();
    await expect(opened(here, again)).rejects.toMatchObject({ class: 'auth' });
  });
});

describe('a link from before generations', () => {
  /** As it was written then: without the new fields, and its token sealed without a generation. */
  async function aged(here: Here): Promise<Link> {
    const link = await linked(here);
    const { client, name: TableName } = here.ports.table;
    const key = marshall(keyOf.link(link.sourceId, link.id));
    const UpdateExpression = 'REMOVE credentialGeneration, deployKey';
    await client.send(new UpdateItemCommand({ TableName, Key: key, UpdateExpression }));
    const source = marshall(keyOf.source(link.sourceId));
    await client.send(new UpdateItemCommand({ TableName, Key: source, UpdateExpression: 'REMOVE hostKeys' }));
    const sealed = await here.ports.sealer.seal({ purpose: 'git-token', link: link.id }, 'old-token');
    const Key = marshall(keyOf.credential(link.id));
    await client.send(new DeleteItemCommand({ TableName, Key }));
    await client.send(
      new PutItemCommand({ TableName, Item: marshall({ ...keyOf.credential(link.id), ...sealed }) }),
    );
    const found = await here.ports.links.find(link.id);
    if (!found) throw new Error('gone');
    return found;
  }

  it('is opened, changed and given a generation with its next token', async () => {
    const here = await world.fresh();
    const link = await aged(here);
    expect(link).toMatchObject({ credentialGeneration: 0, deployKey: null });
    expect(await opened(here, link)).toBe('old-token');
    const slower = await updateLink(link, { pollIntervalSeconds: 300 }, CALLER, here.ports);
    expect(slower).toMatchObject({ kind: 'updated', link: { pollIntervalSeconds: 300 } });
    const now = await here.ports.links.find(link.id);
    if (!now) throw new Error('gone');
    const old = await row(here, keyOf.credential(link.id));
    const renewed = await replaced(here, now, 'new-token');
    expect(renewed.credentialGeneration).toBe(1);
    expect(await opened(here, renewed)).toBe('new-token');
    await old.putBack();
    await expect(opened(here, renewed)).rejects.toMatchObject({ class: 'auth' });
  });

  it('moves with its next token when nothing else of it was changed', async () => {
    const here = await world.fresh();
    const renewed = await replaced(here, await aged(here), 'new-token');
    expect(await opened(here, renewed)).toBe('new-token');
  });
});
