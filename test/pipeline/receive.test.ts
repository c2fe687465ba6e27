/** Receive: what an authentic delivery is taken for. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rotateHookSecret } from '../../lib/pipeline/manage/hooks.ts';
import { receive } from '../../lib/pipeline/receive.ts';
import { signedDelivery } from '../support/deliveries.ts';
import { CALLER, policy, startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

describe('a delivery', () => {
  it('about another repository than the hook came to know is ignored, until its secret is rotated', async () => {
    const repository = await world.git.createRepository({ files: { 'policy-config.yaml': policy() } });
    const here = await world.fresh();
    const { link, secret, hook } = await here.link(repository.url, { provider: 'github' });
    const deliver = (key: string, repositoryId: number) => {
      const push = { branch: 'main', after: 'a'.repeat(40), repositoryUrl: repository.url, repositoryId };
      return receive(hook?.id ?? '', signedDelivery('github', key, push), here.ports);
    };
    expect(await deliver(secret ?? '', 1)).toMatchObject({ kind: 'queued' });
    expect(await deliver(secret ?? '', 1)).toMatchObject({ kind: 'queued' });
    expect(await deliver(secret ?? '', 2)).toMatchObject({
      kind: 'ignored',
      why: expect.stringContaining('another repository'),
    });
    const rotated = await rotateHookSecret(link, { secret: null, overlapSeconds: 0 }, CALLER, here.ports);
    if (rotated.kind !== 'rotated') throw new Error(rotated.kind);
    expect(await deliver(rotated.secret, 2)).toMatchObject({ kind: 'queued' });
    expect(await deliver(secret ?? '', 2)).toMatchObject({ kind: 'refused' });
  });
});
