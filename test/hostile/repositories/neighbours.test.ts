import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gitHost } from '../../../lib/git/git-host.ts';
import { objectId } from '../../../lib/git/git-object.ts';
import { poll } from '../../../lib/pipeline/poll.ts';
import { sync } from '../../../lib/pipeline/sync.ts';
import { memoryDynamo } from '../../fakes/memory-dynamo.ts';
import { memoryKms, newKeys } from '../../fakes/memory-kms.ts';
import { commitOf } from '../../git/pack-writer.ts';
import { type GitServer, startGitServer, type TestRepository } from '../../support/git-server.ts';
import { policy } from '../../support/policy.ts';
import { tally, times } from '../../support/soak.ts';
import { createTable } from '../../support/table.ts';
import { worldOver } from '../../support/world-of.ts';
import { type HostileKind, KINDS } from './hostile-kinds.ts';
import {
  answer,
  gitScript,
  type HostileServer,
  packAnswer,
  refs,
  type Script,
  startHostileServer,
} from './hostile-server.ts';

const FILE = 'policy-config.yaml';
const GOOD = 9;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** As deployed, but in more haste: what stalls, stalls for seconds. */
const git = gitHost({ allowedNetworks: ['127.0.0.1/32'], bounds: { requestMs: 5_000, totalMs: 12_000 } });
/** What ends with a deadline takes its time: one such kind will do, but for a soak. */
const STALLING = KINDS.filter(({ slow }) => slow).slice(-times(1, KINDS.length));
const TRIED = [...KINDS.filter(({ slow }) => !slow), ...STALLING];

let real: GitServer;
let good: readonly TestRepository[];
/** One for each kind: what a host asks of us (to wait) it asks for all its repositories. */
let hostile: readonly { readonly kind: HostileKind; readonly server: HostileServer }[];

beforeAll(async () => {
  real = await startGitServer();
  const files = (at: number) => ({ [FILE]: policy({ name: `good-${at}`, limit: 1 }) });
  good = await Promise.all(
    Array.from({ length: GOOD }, (_, at) => real.createRepository({ name: `good-${at}`, files: files(at) })),
  );
  hostile = await Promise.all(TRIED.map(async (kind) => ({ kind, server: await startHostileServer() })));
});
afterAll(async () => {
  git.close();
  await Promise.all([real.close(), ...hostile.map(({ server }) => server.close())]);
});

/** A host whose repository holds just this. */
function honest(name: string, limit: number): Script {
  const data = Buffer.from(policy({ name, limit }));
  const root = Buffer.concat([Buffer.from(`100644 ${FILE}\0`), Buffer.from(objectId('blob', data), 'hex')]);
  const { commit, pack } = commitOf(root, [{ type: 'blob', data }]);
  return gitScript({ refs: answer(refs(`${commit} refs/heads/main`)), fetch: answer(packAnswer(pack)) });
}

async function aWorld() {
  const kms = memoryKms();
  const table = { client: memoryDynamo().client, name: 'kt' };
  await createTable(table);
  const here = worldOver({ table, kms, keys: await newKeys(kms), git });
  return {
    ...here,
    /** A tick, and its looks ten at a time and at once, as a function is given them. */
    async tickAtOnce(): Promise<void> {
      await poll(here.ports);
      here.time.at += MINUTE;
      const due = here.hints.splice(0);
      while (due.length > 0)
        await Promise.all(due.splice(0, 10).map(({ message }) => sync(message, here.ports)));
      await here.deliver();
    },
  };
}

const numberOf = (here: Awaited<ReturnType<typeof aWorld>>, id: string) =>
  here.configuration(id).then(({ active }) => active?.number ?? null);

describe('nine good links beside a hostile one of every kind', () => {
  it('are synced in the same tick; the hostile say what is wrong, keep what they had, and recover', {
    timeout: 300_000,
  }, async () => {
    const here = await aWorld();
    for (const [at, { server }] of hostile.entries()) server.script = honest(`bad-${at}`, 1);
    const goodLinks = await Promise.all(good.map(({ url }) => here.link(url)));
    const badLinks = await Promise.all(hostile.map(({ server }) => here.link(`${server.url}/team/x`)));
    await here.deliver();
    for (const at of hostile.keys()) expect(await numberOf(here, `bad-${at}`)).toBe(1);

    for (const { kind, server } of hostile) server.calm(kind.script);
    await Promise.all(
      good.map((repository, at) => repository.commit({ [FILE]: policy({ name: `good-${at}`, limit: 2 }) })),
    );
    await here.tickAtOnce();

    for (const [at, { link }] of goodLinks.entries()) {
      expect((await here.linkNow(link.id)).status).toBe('synced');
      expect(await numberOf(here, `good-${at}`)).toBe(2);
    }
    for (const [at, { link }] of badLinks.entries()) {
      const { status, error } = await here.linkNow(link.id);
      const { kind } = hostile[at] as (typeof hostile)[number];
      expect([kind.name, status, error?.class]).toEqual([kind.name, 'error', kind.class]);
      expect(await numberOf(here, `bad-${at}`)).toBe(1);
    }

    for (const [at, { server }] of hostile.entries()) server.calm(honest(`bad-${at}`, 2));
    here.time.at += DAY + 10 * MINUTE;
    await here.tickAtOnce();
    for (const [at, { link }] of badLinks.entries()) {
      expect((await here.linkNow(link.id)).status).toBe('synced');
      expect(await numberOf(here, `bad-${at}`)).toBe(2);
    }
    for (const { link } of goodLinks) expect((await here.linkNow(link.id)).status).toBe('synced');
    tally('hostile hosts beside nine good ones', { kinds: TRIED.length });
  });
});
