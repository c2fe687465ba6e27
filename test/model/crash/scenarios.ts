/** Scenarios: together they make every call that our functions can make. */
import { Fault } from '../../../lib/domain/fault.ts';
import { activate } from '../../../lib/pipeline/activate.ts';
import type { GitHost } from '../../../lib/ports.ts';
import { decision } from '../../support/decisions.ts';
import { signedDelivery } from '../../support/deliveries.ts';
import { FaultPoint } from '../../support/faults.ts';
import { policy } from '../../support/policy.ts';
import { applied, refused } from '../../support/signing-gateway.ts';
import { CALLER } from '../../support/world-of.ts';
import { type Answer, type Functions, functionsOver } from './functions.ts';
import { edge, FILE, REPO, type Stage, settle, stage } from './stage.ts';

export interface Scenario {
  readonly name: string;
  prepare(): Promise<Stage>;
  /** What a stage that was remembered does not remember. */
  wire?(stage: Stage): void;
  /** Throws when it was not done. `again`: for the second time, so what was done already is no trouble. */
  act(functions: Functions, stage: Stage, again: boolean): Promise<void>;
}

/** A fault of ours is a 5xx, a conflict or a request to come again: never an answer that sends the caller away for good. */
export class Misled extends Error {}

async function ask(
  functions: Functions,
  method: string,
  path: string,
  token: string,
  body: unknown,
  again: boolean,
): Promise<Answer> {
  const answer = await functions.call(method, path, token, body);
  if (answer.status < 300) return answer;
  if (again && (answer.status === 409 || answer.status === 404)) return answer;
  const what = `${method} ${path}: ${answer.status} ${JSON.stringify(answer.json)}`;
  if (answer.status < 500 && answer.status !== 409 && answer.status !== 429) throw new Misled(what);
  throw new Error(what);
}

const CFG = '/v1/configurations/payments';
const REPOS = '/v1/git-repos';

/** One call by whoever may do everything, and what follows from it. */
const calling = (
  name: string,
  method: string,
  path: (stage: Stage) => string,
  body?: object,
  prepare: () => Promise<Stage> = () => stage(),
): Scenario => ({
  name,
  prepare,
  async act(functions, at, again) {
    await ask(functions, method, path(at), at.admin, body, again);
    await functions.work();
  },
});

const files = (limits: readonly number[]) =>
  Object.fromEntries(
    limits.map((limit, at) => [
      `policies/${at}.yaml`,
      policy({ name: `payments-${at}`, ...(at === 0 ? { id: 'payments' } : {}), limit }),
    ]),
  );

async function pushed(
  at: Stage,
  functions: Functions,
  snapshot: Readonly<Record<string, string>>,
): Promise<void> {
  await deliver(at, functions, at.repository.commit(snapshot));
}

async function deliver(at: Stage, functions: Functions, after: string | null): Promise<void> {
  const status = await functions.deliver(
    at.hookId,
    signedDelivery('github', at.secret, { repositoryUrl: REPO, after }),
  );
  if (status !== 202) throw new Error(`the delivery was answered ${status}`);
}

/** Two versions, the second in force. */
async function twoVersions(): Promise<Stage> {
  const at = await stage();
  at.repository.commit({ [FILE]: policy({ limit: 7 }) });
  await settle(at.here);
  return at;
}

async function held(): Promise<Stage> {
  const at = await twoVersions();
  const until = new Date(at.here.time.at + 3_600_000);
  await activate('payments', '1', { reason: 'incident', hold: { until } }, CALLER, at.here.ports);
  await settle(at.here);
  if (!(await at.here.configuration('payments')).hold) throw new Error('there is no hold');
  return at;
}

const push: Scenario = {
  name: 'a push is delivered, published and announced',
  prepare: () => stage(),
  async act(functions, at, again) {
    if (again) await deliver(at, functions, at.repository.tip());
    else await pushed(at, functions, { [FILE]: policy({ limit: 2 }) });
    await functions.work();
  },
};

const directory: Scenario = {
  name: 'a push to a directory changes one file, removes one and adds one',
  prepare: () => stage(files([1, 2, 3]), 'policies/'),
  async act(functions, at, again) {
    const { 'policies/1.yaml': _, ...rest } = files([1, 2, 30]);
    const snapshot = { ...rest, 'policies/9.yaml': policy({ name: 'payments-9' }) };
    if (again) await deliver(at, functions, at.repository.tip());
    else await pushed(at, functions, snapshot);
    await functions.work();
  },
};

const manyLinks: Scenario = {
  name: 'ten sources are synced in one batch',
  async prepare() {
    const at = await stage();
    for (let one = 0; one < 9; one++) {
      const repoUrl = `https://git.example/acme/other-${one}.git`;
      at.here.git.at(repoUrl).commit({ [FILE]: policy({ name: `other-${one}` }) });
      await at.here.link(repoUrl);
    }
    await settle(at.here);
    return at;
  },
  async act(functions, at) {
    const repositories = at.here.git.repositories();
    for (const [index, repository] of repositories.entries())
      repository.commit({
        [FILE]: policy({ name: index === 0 ? 'payments' : `other-${index - 1}`, limit: 55 }),
      });
    at.here.time.at += 61_000;
    await functions.tick();
    at.here.time.at += 60_000;
    await functions.work();
  },
};

const invalidThenFixed: Scenario = {
  name: 'a document is broken, and repaired',
  prepare: () => stage(),
  async act(functions, at, again) {
    if (!again) {
      await pushed(at, functions, { [FILE]: 'pack: [' });
      await functions.work();
      at.here.time.at += 1000;
      await pushed(at, functions, { [FILE]: policy({ limit: 3 }) });
    } else {
      at.repository.commit({ [FILE]: policy({ limit: 3 }) });
      await deliver(at, functions, at.repository.tip());
    }
    await functions.work();
  },
};

/** A host that limits us once, and shows a commit only after a second look. */
const reluctantHost: Scenario = {
  name: 'a host shows the old tip, then asks to be left alone',
  prepare: () => stage(),
  wire({ here, repository }) {
    const { git } = here;
    const old = repository.tip();
    const answers: (() => string | null)[] = [
      () => old,
      () => {
        throw new Fault('rate_limited', 'slow down', { retryAfter: 20 });
      },
    ];
    const resolve: GitHost['resolve'] = async (repository, branch) =>
      answers.shift()?.() ?? git.resolve(repository, branch);
    here.below.git = { read: git.read, resolve };
  },
  async act(functions, at, again) {
    if (again) await deliver(at, functions, at.repository.tip());
    else await pushed(at, functions, { [FILE]: policy({ limit: 2 }) });
    await functions.work();
    for (let seconds = 0; seconds < 3; seconds++) {
      at.here.time.at += 1000;
      await functions.work();
    }
  },
};

const poller: Scenario = {
  name: 'a tick finds a source due, a mark left over and a hold that ends',
  async prepare() {
    const at = await held();
    at.repository.commit({ [FILE]: policy({ limit: 11 }) });
    at.here.time.at += 3_600_000 - 400_000;
    await settle(at.here);
    return at;
  },
  async act(functions, at) {
    // The one message of an activation is lost: its mark is what brings it back.
    await at.here.ports.sources.hint(
      (await at.here.ports.links.find(at.linkId))?.sourceId ?? '',
      at.here.ports.clock.now(),
    );
    at.here.hints.splice(0);
    await functions.tick();
    at.here.time.at += 60_000;
    await functions.work();
    at.here.announcements.splice(0);
    await functions.tick();
    at.here.time.at += 60_000;
    await functions.work();
  },
};

const linking: Scenario = {
  name: 'a repository is linked with a token',
  async prepare() {
    const at = await stage();
    at.here.git.at('https://git.example/acme/private.git').commit({ [FILE]: policy({ name: 'private' }) });
    return at;
  },
  async act(functions, at, again) {
    const body = {
      repo_url: 'https://git.example/acme/private.git',
      provider: 'gitea',
      path: FILE,
      access_token: 'token-of-git',
      auto_create_configuration: true,
    };
    await ask(functions, 'POST', REPOS, at.admin, body, again);
    await functions.work();
  },
};

/** Its configuration stays, fed by nobody. */
const unlinking = calling(
  'a link is removed, the last of its repository',
  'DELETE',
  ({ linkId }) => `${REPOS}/${linkId}`,
);

const unlinkingOne: Scenario = {
  name: 'one of two links of a source is removed',
  async prepare() {
    const at = await stage({ ...files([1, 2, 3]), [FILE]: policy({ name: 'single' }) }, 'policies/');
    await at.here.link(REPO, { provider: 'github' });
    await settle(at.here);
    return at;
  },
  async act(functions, at, again) {
    await ask(functions, 'DELETE', `${REPOS}/${at.linkId}`, at.admin, undefined, again);
    await functions.work();
  },
};

const newToken = calling(
  'a link gets a token, and moves to another source',
  'PATCH',
  ({ linkId }) => `${REPOS}/${linkId}`,
  { access_token: 'token-of-git', poll_interval_seconds: 90 },
  () => stage(files([1, 2, 3]), 'policies/'),
);

const gateways: Scenario = {
  name: 'a gateway is registered, bound elsewhere, told once more and removed',
  async prepare() {
    const at = await stage();
    at.here.git.at('https://git.example/acme/second.git').commit({ [FILE]: policy({ name: 'second' }) });
    await at.here.link('https://git.example/acme/second.git');
    await settle(at.here);
    return at;
  },
  async act(functions, at, again) {
    const { json } = await ask(
      functions,
      'POST',
      '/v1/gateways',
      at.admin,
      { name: 'new', configuration_id: 'payments' },
      again,
    );
    await ask(
      functions,
      'PATCH',
      `/v1/gateways/${json.id}`,
      at.admin,
      { configuration_id: 'second', labels: { a: 'b' } },
      again,
    );
    await ask(functions, 'POST', `/v1/gateways/${json.id}/reload`, at.admin, undefined, again);
    await ask(functions, 'DELETE', `/v1/gateways/${json.id}`, at.admin, undefined, again);
    await ask(
      functions,
      'PATCH',
      `/v1/gateways/${at.gateway.id}`,
      at.admin,
      { configuration_id: 'second' },
      again,
    );
  },
};

const reporting: Scenario = {
  name: 'a gateway attests, drifts, decides and asks for its queue',
  async prepare() {
    const at = await twoVersions();
    await edge(functionsOver(at.here, new FaultPoint()), at.admin, 'payments');
    await settle(at.here);
    return at;
  },
  async act(functions, { here, gateway: { id, token, keys } }, again) {
    const path = `/v1/gateways/${id}`;
    const { manifest } = (await ask(functions, 'GET', `${path}/configuration`, token, undefined, again)).json;
    await ask(functions, 'POST', `${path}/receipts`, token, keys.signed(refused(id, manifest)), again);
    await ask(functions, 'POST', `${path}/receipts`, token, keys.signed(applied(id, manifest)), again);
    await ask(
      functions,
      'POST',
      `${path}/receipts`,
      token,
      keys.signed(refused(id, manifest, 'late')),
      again,
    );
    const beat = (content_hash: string) =>
      ask(functions, 'POST', `${path}/heartbeat`, token, { content_hash, sequence: 1 }, again);
    for (let minute = 0; minute < 4; minute++) {
      await beat('e'.repeat(64));
      here.time.at += 120_000;
    }
    await beat(manifest.content_hash);
    await ask(
      functions,
      'POST',
      '/v1/events',
      token,
      { events: [decision(), decision(), decision()] },
      again,
    );
    await ask(functions, 'POST', `${path}/queue-credentials`, token, undefined, again);
  },
};

const throughTheApi: Scenario = {
  name: 'a configuration is made, published, renamed and deleted through the API; a token is made and revoked',
  prepare: () => stage(),
  async act(functions, { admin }, again) {
    const path = '/v1/configurations/by-hand';
    await ask(
      functions,
      'POST',
      '/v1/configurations',
      admin,
      { id: 'by-hand', name: 'by hand', policy_yaml: policy({ name: 'by-hand' }) },
      again,
    );
    await functions.work();
    await ask(functions, 'PATCH', path, admin, { policy_yaml: policy({ name: 'by-hand', limit: 4 }) }, again);
    await functions.work();
    await ask(functions, 'PATCH', path, admin, { name: 'renamed' }, again);
    await ask(functions, 'DELETE', path, admin, undefined, again);
    const { json } = await ask(
      functions,
      'POST',
      '/v1/tokens',
      admin,
      { name: 'short-lived', role: 'configurations_reader' },
      again,
    );
    await ask(functions, 'DELETE', `/v1/tokens/${json.id}`, admin, undefined, again);
  },
};

/** Nothing of it writes: what it cannot tell it must not make up. */
const reading: Scenario = {
  name: 'everything is read',
  async prepare() {
    const at = await twoVersions();
    const { id, token, keys } = at.gateway;
    const functions = functionsOver(at.here, new FaultPoint());
    const { manifest } = (await functions.call('GET', `/v1/gateways/${id}/configuration`, token)).json;
    await functions.call('POST', `/v1/gateways/${id}/receipts`, token, keys.signed(applied(id, manifest)));
    return at;
  },
  async act(functions, { admin, linkId, gateway }, again) {
    const paths = [
      REPOS,
      `${REPOS}/${linkId}`,
      '/v1/configurations',
      CFG,
      `${CFG}/versions`,
      `${CFG}/versions/1`,
      `${CFG}/versions/1/content`,
      `${CFG}/versions/2/diff?from=1`,
      `${CFG}/versions/2/receipts`,
      `${CFG}/convergence`,
      `${CFG}/versions/2/proof`,
      '/v1/proof-keys',
      '/v1/keys',
      '/v1/gateways',
      `/v1/gateways/${gateway.id}`,
      `/v1/gateways/${gateway.id}/history`,
      `/v1/gateways/${gateway.id}/receipts`,
      '/v1/events?limit=2',
      '/v1/events?configuration_id=payments',
      '/v1/tokens',
      '/v1/whoami',
      '/metrics',
    ];
    for (const path of paths) await ask(functions, 'GET', path, admin, undefined, again);
    await ask(
      functions,
      'GET',
      `/v1/gateways/${gateway.id}/history?at=2026-03-01T12:05:00Z`,
      admin,
      undefined,
      again,
    );
  },
};

export const SCENARIOS: readonly Scenario[] = [
  push,
  directory,
  manyLinks,
  invalidThenFixed,
  reluctantHost,
  poller,
  linking,
  unlinking,
  unlinkingOne,
  newToken,
  gateways,
  reporting,
  throughTheApi,
  reading,
  calling(
    'an old version is activated, and git takes it back',
    'POST',
    () => `${CFG}/versions/1/activate`,
    { reason: 'incident' },
    twoVersions,
  ),
  calling(
    'an old version is activated and held',
    'POST',
    () => `${CFG}/versions/1/activate`,
    { reason: 'incident', hold: { minutes: 60 } },
    twoVersions,
  ),
  calling('a hold is released', 'DELETE', () => `${CFG}/hold`, undefined, held),
  calling('an operator asks for a look', 'POST', ({ linkId }) => `${REPOS}/${linkId}/sync`),
  calling('a hook gets a new secret', 'POST', ({ linkId }) => `${REPOS}/${linkId}/hook-secret`, {}),
];
