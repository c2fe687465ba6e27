import { afterAll, beforeAll, expect, it } from 'vitest';
import { memoryGit } from '../fakes/memory-git.ts';
import { policy, startWorld, type World } from '../support/world.ts';
let world: World;
beforeAll(async () => { world = await startWorld(); });
afterAll(() => world.close());
it('1000 files', async () => {
  const here = await world.fresh();
  const git = memoryGit();
  Object.assign(here.ports, { git });
  git.commit(Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`p/f${i}.yaml`, policy({ name: `n${i}` })])));
  const t = performance.now();
  let calls = 0;
  here.ports.table.client.middlewareStack.add((next) => (args) => { calls++; return next(args); }, { name: 'c', step: 'initialize' });
  const { link } = await here.link('http://git.example/big.git', { path: 'p/' });
  console.log('ms', performance.now() - t, 'calls', calls, (await here.linkNow(link.id)).status);
}, 300_000);
