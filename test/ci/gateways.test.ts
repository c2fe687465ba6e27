/** The action's push and deploy, and the drift jobs, against a running stack. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Loop, startLoop } from '../e2e/loop.ts';
import { fleetOf } from '../support/fleet.ts';
import { policy } from '../support/world.ts';
import { type Checkouts, makeCheckouts } from './checkouts.ts';
import { ROOT, runAction, runBash } from './run-action.ts';

let loop: Loop;
let fleet: ReturnType<typeof fleetOf>;
let checkouts: Checkouts;
beforeAll(async () => {
  [loop, checkouts] = await Promise.all([startLoop(), makeCheckouts()]);
  fleet = fleetOf(loop.stack);
});
afterAll(async () => {
  checkouts.remove();
  await loop.close();
});

const FILE = 'policies/chat.yaml';

async function configuration(id: string, limit: number) {
  const created = { name: id, id, policy_yaml: policy({ id, limit }) };
  const { status, body } = await loop.stack.call('POST', '/v1/configurations', created);
  if (status !== 201) throw new Error(JSON.stringify(body));
  return async () =>
    (await loop.stack.call('GET', `/v1/configurations/${id}`)).body.active_version.content_hash;
}

/** A checkout whose last commit raised the limit. */
const raised = (id: string) =>
  checkouts.pushed({ [FILE]: policy({ id, limit: 100 }) }, { [FILE]: policy({ id, limit: 200 }) });

const act = (checkout: string, event: unknown, inputs: Readonly<Record<string, string>>) =>
  runAction({
    checkout,
    event,
    inputs: { kt: checkouts.kt, 'api-url': loop.stack.url, 'api-token': loop.stack.adminToken, ...inputs },
  });

describe('the action', () => {
  it('pushes the document that changed, waits for the gateway, and masks the token', async () => {
    const active = await configuration('pushed', 100);
    const gateway = await fleet.gateway('pushed');
    const before = await active();
    const { dir, event } = await raised('pushed');
    const running = act(dir, event, { 'gateway-id': gateway.id, wait: 'true', timeout: '60' });
    await loop.stack.until('/v1/configurations/pushed', (now) => now.active_version.content_hash !== before);
    await gateway.applies();
    const run = await running;
    expect(run).toMatchObject({ outcome: 'success', steps: { Push: 'success', Deploy: 'skipped' } });
    expect(run.log).toContain('published version 2 of pushed');
    expect(run.commands).toEqual([{ name: 'add-mask', properties: {}, message: loop.stack.adminToken }]);
    expect(run.log.split(loop.stack.adminToken)).toHaveLength(2);
  });

  it('pushes nothing that is not valid, or that fail-on names', async () => {
    const active = await configuration('gated', 100);
    const gateway = await fleet.gateway('gated');
    const before = await active();
    const { dir, event, commit, after } = await raised('gated');
    const wish = { 'gateway-id': gateway.id, 'fail-on': 'loosens' };
    expect((await act(dir, event, wish)).steps).toMatchObject({ Lint: 'success', Push: 'skipped' });
    await commit({ [FILE]: policy({ id: 'gated' }).replace('spend-limit]', 'nothing-known]') });
    expect((await act(dir, { before: after }, wish)).steps).toMatchObject({
      Lint: 'failure',
      Push: 'skipped',
    });
    expect(await active()).toBe(before);
  });

  it('asks which one when several documents changed', async () => {
    const gateway = await fleet.gateway(null);
    const { dir, event } = await checkouts.pushed(
      { 'README.md': 'x' },
      { 'a.yaml': policy(), 'b.yaml': policy() },
    );
    const run = await act(dir, event, { 'gateway-id': gateway.id });
    expect(run).toMatchObject({ outcome: 'failure', steps: { Lint: 'success', Push: 'failure' } });
    expect(run.commands.at(-1)?.message).toContain('these are 2: name the one to push in files');
  });

  it('deploys what the source is proven to run, and not before', async () => {
    await configuration('staging', 100);
    const production = await configuration('production', 50);
    const [source, target] = [
      await fleet.gateway('staging', { signs: true }),
      await fleet.gateway('production'),
    ];
    const { dir } = await raised('staging');
    const wish = { 'source-gateway-id': source.id, 'target-gateway-id': target.id, files: FILE };
    expect((await act(dir, {}, wish)).steps).toMatchObject({ Push: 'skipped', Deploy: 'failure' });
    await source.applies();
    // It runs what was there before this commit, and the file is named.
    expect((await act(dir, {}, wish)).log).toContain('is not what gateway');

    const pushing = act(dir, {}, { ...wish, 'gateway-id': source.id, wait: 'true', timeout: '60' });
    await loop.stack.until('/v1/configurations/staging', (now) => now.active_version.number === 2);
    await source.applies();
    await loop.stack.until('/v1/configurations/production', (now) => now.active_version.number === 2);
    await target.applies();
    expect(await pushing).toMatchObject({
      outcome: 'success',
      steps: { Push: 'success', Deploy: 'success' },
    });
    const { body } = await loop.stack.call('GET', '/v1/configurations/staging');
    expect(await production()).toBe(body.active_version.content_hash);
  });

  it('needs both gateways to deploy', async () => {
    const { dir, event } = await raised('half');
    const run = await act(dir, event, { 'target-gateway-id': 'gw_1' });
    expect(run.commands.at(-1)?.message).toBe('deploy needs source-gateway-id and target-gateway-id');
  });

  it('takes ids and times for what they are', async () => {
    const { dir, event } = await raised('hostile');
    for (const wish of [
      { 'gateway-id': '--dry-run' },
      { 'gateway-id': 'gw_1; touch pwned' },
      { 'gateway-id': 'gw_1', timeout: '$(touch pwned)' },
      { 'gateway-id': 'gw_1', timeout: '1 --dry-run' },
    ])
      expect((await act(dir, event, wish)).steps).toMatchObject({ Lint: 'success', Push: 'failure' });
  });

  it('uses the settings of the job where it is given none', async () => {
    await configuration('settings', 100);
    const gateway = await fleet.gateway('settings');
    const { dir, event } = await raised('settings');
    const env = { KEEPTRUSTS_API_URL: loop.stack.url, KEEPTRUSTS_API_TOKEN: loop.stack.adminToken };
    const inputs = { kt: checkouts.kt, 'gateway-id': gateway.id };
    const run = await runAction({ checkout: dir, event, env, inputs });
    expect(run).toMatchObject({ outcome: 'success', steps: { Push: 'success' } });
  });

  it('refuses a token with a line end, without showing it', async () => {
    const { dir, event } = await raised('line-end');
    const run = await act(dir, event, { 'api-token': 'kt_live_half\nanother', 'gateway-id': 'gw_1' });
    expect(run).toMatchObject({ outcome: 'failure', steps: { Lint: 'skipped' } });
    expect(run.log).not.toMatch(/kt_live_half|another/);
  });
});

describe('the drift job', () => {
  it('says whether the checkout, the control plane and the gateways agree', async () => {
    const one = await loop.linked('watched');
    await loop.stack.call('DELETE', `/v1/gateways/${one.gateway.id}`);
    const clone = await one.repository.clone();
    const env = {
      KT: checkouts.kt,
      KEEPTRUSTS_API_URL: loop.stack.url,
      KEEPTRUSTS_API_TOKEN: loop.stack.adminToken,
      KT_WORK: join(checkouts.folder, 'drift'),
      KT_SUMMARY: join(checkouts.folder, 'drift.md'),
    };
    const drift = () =>
      runBash(
        [join(ROOT, 'ci/drift.sh'), '--branch', 'main', '--configuration-id', 'watched'],
        clone.dir,
        env,
      );
    expect(await drift()).toMatchObject({ code: 0, log: expect.stringContaining('no drift') });

    await one.push(777);
    await clone.git('pull', '-q');
    const { code, log } = await drift();
    expect({ code, log }).toEqual({ code: 1, log: expect.stringContaining('checkout differs') });
    expect(readFileSync(env.KT_SUMMARY, 'utf8')).toMatch(
      /<pre>no drift.*<pre>CONFIGURATION.*checkout differs/s,
    );

    expect(
      await runBash([join(ROOT, 'ci/drift.sh')], clone.dir, { ...env, KEEPTRUSTS_API_TOKEN: 'kt_live_x_y' }),
    ).toMatchObject({
      code: 2,
    });
  });
});
