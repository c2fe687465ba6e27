/** What was published, announced, attested or decided is never written again: by no adapter, no route, no run. */
import { describe, expect, it } from 'vitest';
import { putNew } from '../../lib/aws/dynamo.ts';
import { followGit } from '../../lib/domain/configuration.ts';
import { newEvent } from '../../lib/domain/event.ts';
import { sha256Hex } from '../../lib/domain/ids.ts';
import { refOf, type Version } from '../../lib/domain/version.ts';
import { type Random, randomOf } from '../hostile/random.ts';
import { decision } from '../support/decisions.ts';
import { FaultPoint } from '../support/faults.ts';
import { policy } from '../support/policy.ts';
import { applied, refused } from '../support/signing-gateway.ts';
import { seedOf, tally, times } from '../support/soak.ts';
import { functionsOver } from './crash/functions.ts';
import { immutableRows, isImmutable, rowsIn, wrongIn } from './crash/integrity.ts';
import { FILE, remembered, type Stage, settle, stage } from './crash/stage.ts';

/** Many runs, on a machine that may be busy with others. */
const LONGEST = times(180_000, 6 * 3_600_000);

const VERSIONS = '/v1/configurations/payments/versions';
const OTHER = 'something else';

/** Five versions, one of them from a commit that is the branch's no more; receipts and decisions about them. */
async function published(): Promise<Stage> {
  const at = await stage();
  const functions = functionsOver(at.here, new FaultPoint());
  const { id, token, keys } = at.gateway;
  for (const limit of [2, 3, 4, 5]) {
    at.repository.commit({ [FILE]: policy({ limit }) });
    await settle(at.here);
    const { manifest } = (await functions.call('GET', `/v1/gateways/${id}/configuration`, token)).json;
    await functions.call('POST', `/v1/gateways/${id}/receipts`, token, keys.signed(applied(id, manifest)));
  }
  await functions.call('POST', '/v1/events', token, { events: [decision({ id: 'evt_first' })] });
  return at;
}

interface Attempt {
  readonly at: Stage;
  readonly random: Random;
  readonly call: (method: string, path: string, body?: unknown, token?: string) => Promise<unknown>;
}

/** An attempt is refused, or does something else; it may throw. */
const ATTEMPTS: Readonly<Record<string, (attempt: Attempt) => Promise<unknown>>> = {
  'a row put where one is': async ({ at, random }) => {
    const row = random.pick(rowsIn(at.here).filter(({ pk, sk }) => isImmutable(pk, sk)));
    return putNew(at.here.ports.table, { ...row, pk: row['pk'], sk: row['sk'], tampered: OTHER });
  },
  'a version published under a number that is taken': (attempt) =>
    move(attempt, ({ version }) => ({ ...version, id: `ver_${attempt.random.below(1e9)}` })),
  'a version published under an id that is taken': (attempt) =>
    move(attempt, ({ version, next }) => ({ ...version, number: next })),
  'other bytes published under a hash that is taken': (attempt) =>
    move(
      attempt,
      ({ version, next }) => ({ ...version, number: next, id: `ver_${attempt.random.below(1e9)}` }),
      OTHER,
    ),
  'an old announcement recorded anew': async ({ at, random }) => {
    const sequence = 1 + random.below((await at.here.configuration('payments')).sequence);
    const recorded = await at.here.ports.announcements.at('payments', sequence);
    if (!recorded) throw new Error('nothing was announced');
    const manifest = { ...recorded.announcement.manifest, content_hash: sha256Hex(OTHER) };
    const announcement = { ...recorded.announcement, manifest };
    return at.here.ports.announcements.record('payments', { ...recorded, announcement });
  },
  'a receipt stored once more, saying something else': async ({ at, random }) => {
    const { receipts } = at.here.ports;
    const { items } = await receipts.ofGateway({
      gatewayId: at.gateway.id,
      since: new Date(0),
      until: new Date(9e12),
      limit: 50,
      after: null,
    });
    const receipt = random.pick(items);
    const event = newEvent(at.here.ports.clock.now(), {
      type: 'gateway.applied',
      actor: 'test',
      team: 'default',
      detail: {},
    });
    return receipts.add(
      { ...receipt, statement: { ...receipt.statement, state: 'refused', reason: OTHER } },
      event,
    );
  },
  'a decision told once more, otherwise': ({ call, at }) =>
    call(
      'POST',
      '/v1/events',
      { events: [decision({ id: 'evt_first', verdict: 'block', reason: OTHER })] },
      at.gateway.token,
    ),
  'a late receipt for what was applied': async ({ call, at, random }) => {
    const sequence = 1 + random.below(5);
    const announced = await at.here.ports.announcements.at('payments', sequence);
    if (!announced) throw new Error('nothing was announced');
    const statement = refused(at.gateway.id, announced.announcement.manifest, OTHER);
    return call(
      'POST',
      `/v1/gateways/${at.gateway.id}/receipts`,
      at.gateway.keys.signed(statement),
      at.gateway.token,
    );
  },
  'a method that versions do not have': ({ call, random }) => {
    const path = `${VERSIONS}/${1 + random.below(5)}${random.pick(['', '/content', '/proof', '/receipts', '/diff'])}`;
    return call(random.pick(['PUT', 'PATCH', 'DELETE', 'POST']), path, {
      content: OTHER,
      policy_yaml: policy({ limit: 99 }),
      content_hash: sha256Hex(OTHER),
    });
  },
  'an old version put in force': ({ call, random }) =>
    call('POST', `${VERSIONS}/${1 + random.below(5)}/activate`, { reason: OTHER }),
  'a configuration that git feeds, given other content': ({ call, random }) =>
    call('PATCH', '/v1/configurations/payments', { policy_yaml: policy({ limit: random.below(9) }) }),
  'a configuration deleted and made anew under its id': async ({ call, at, random }) => {
    await call('DELETE', '/v1/configurations/payments');
    await call('DELETE', `/v1/git-repos/${at.linkId}`);
    await call('DELETE', '/v1/configurations/payments');
    return call('POST', '/v1/configurations', {
      id: 'payments',
      name: 'payments',
      policy_yaml: policy({ limit: 2 + random.below(9) }),
    });
  },
  'a branch that goes back, and says something else of a commit': async ({ at, random }) => {
    const versions = rowsIn(at.here).filter(({ sk }) => sk.startsWith('VERSION#'));
    const { commit } = random.pick(versions);
    if (typeof commit === 'string') at.repository.setTip(commit);
    const { git } = at.here;
    const said = Buffer.from(policy({ limit: 1000 + random.below(1000) }));
    at.here.below.git = {
      resolve: git.resolve,
      read: async (request) => {
        const read = await git.read(request);
        const file = read.paths.get(FILE);
        return file?.kind === 'file' ? { ...read, paths: new Map([[FILE, { ...file, bytes: said }]]) } : read;
      },
    };
    const functions = functionsOver(at.here, new FaultPoint());
    await functions.call('POST', `/v1/git-repos/${at.linkId}/sync`, at.admin);
    await functions.work();
    at.here.below.git = git;
  },
};

/** A move that nothing but the transaction stands in the way of. */
async function move(
  { at, random }: Attempt,
  change: (of: { version: Version; next: number }) => Version,
  bytes?: string,
) {
  const { configurations, versions, clock } = at.here.ports;
  const before = await at.here.configuration('payments');
  const version = await versions.find('payments', String(1 + random.below(before.versions)));
  if (!version) throw new Error('there is no such version');
  const changed = change({ version, next: before.versions + 1 });
  const content = bytes === undefined ? await versions.content(changed.contentHash) : Buffer.from(bytes);
  const moment = clock.now();
  return configurations.move({
    before,
    after: before,
    change: followGit(before, refOf(changed), moment),
    publish: { version: changed, content: content ?? new Uint8Array() },
    lease: null,
    unsettle: null,
    events: [],
    activation: null,
  });
}

describe('what was published', () => {
  it(
    'stays as it is, whatever is tried',
    async () => {
      const seed = seedOf(20261104);
      const random = randomOf(seed);
      const attempts = times(300, 20_000);
      const names = Object.keys(ATTEMPTS);
      const counts = { attempts: 0, refused: 0, changed: 0 };
      const again = remembered(await published());
      let at = await again();
      let before = immutableRows(at.here);
      for (let one = 0; one < attempts; one++) {
        // A world in which a configuration was deleted, or a host lied, is another one afterwards.
        if (one % 60 === 59) at = await again();
        if (one % 60 === 59) before = immutableRows(at.here);
        const name = names[one % names.length] ?? '';
        const functions = functionsOver(at.here, new FaultPoint());
        const call: Attempt['call'] = (method, path, body, token = at.admin) =>
          functions.call(method, path, token, body);
        await ATTEMPTS[name]?.({ at, random, call }).catch(() => counts.refused++);
        counts.attempts++;
        const now = immutableRows(at.here);
        const changed = [...before]
          .filter(([key, hash]) => now.get(key) !== hash)
          .map(([key]) => `${name}: ${key}`);
        counts.changed += changed.length;
        expect(changed).toEqual([]);
        before = now;
      }
      tally('versions are immutable (I4)', { ...counts, kinds: names.length, seed });
      expect(wrongIn((await again()).here)).toEqual([]);
    },
    LONGEST,
  );
});
