/** `kt policy push` and `kt policy deploy`, as an operator runs them against a running stack. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Loop, startLoop } from '../e2e/loop.ts';
import { fleetOf } from '../support/fleet.ts';
import { runKt, spawnKt } from '../support/kt.ts';
import { policy } from '../support/world.ts';

let loop: Loop;
let fleet: ReturnType<typeof fleetOf>;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kt-publish-'));
  loop = await startLoop();
  fleet = fleetOf(loop.stack);
});
afterAll(async () => {
  await loop.close();
  rmSync(folder, { recursive: true, force: true });
});

const env = () => ({ KEEPTRUSTS_API_URL: loop.stack.url, KEEPTRUSTS_API_TOKEN: loop.stack.adminToken });
const kt = (...args: string[]) => runKt(['policy', ...args], { env: env(), cwd: folder });
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

/** A configuration that is fed through the API, with one version. */
async function configured(id: string, limit = 100): Promise<string> {
  const text = policy({ id, limit });
  const { status } = await loop.stack.call('POST', '/v1/configurations', { id, name: id, policy_yaml: text });
  expect(status).toBe(201);
  return text;
}

const versionsOf = async (id: string) =>
  (await loop.stack.call('GET', `/v1/configurations/${id}/versions`)).body;
const activeOf = async (id: string) =>
  (await loop.stack.call('GET', `/v1/configurations/${id}`)).body.content_hash;

describe('kt policy push', () => {
  it('publishes the file to the configuration of the gateway, and says what that changes', async () => {
    await configured('push-one');
    const gateway = await fleet.gateway('push-one');
    const text = policy({ id: 'push-one', limit: 500 });
    const { code, stdout } = await kt('push', '--file', file('one.yaml', text), '--gateway-id', gateway.id);
    expect(code).toBe(0);
    expect(stdout).toMatch(/max_daily_usd {2}loosens/);
    expect(stdout).toContain('published version 2 of push-one');
    expect(await activeOf('push-one')).toBe(sha256(text));
  });

  it('says that nothing is to be done when it is that document already', async () => {
    const text = await configured('push-same');
    const gateway = await fleet.gateway('push-same');
    const args = ['push', '--file', file('same.yaml', text), '--gateway-id', gateway.id];
    expect(await kt(...args)).toMatchObject({ code: 0, stdout: expect.stringContaining('identical') });
    expect(JSON.parse((await kt(...args, '--json')).stdout)).toMatchObject({
      identical: true,
      published: false,
    });
    expect(await versionsOf('push-same')).toHaveLength(1);
  });

  it('with --dry-run shows the changes and changes nothing', async () => {
    await configured('push-dry');
    const bound = await fleet.gateway('push-dry');
    const free = await fleet.gateway(null);
    const name = file('dry.yaml', policy({ id: 'push-new', limit: 7 }));
    const dry = await kt('push', '--file', name, '--gateway-id', bound.id, '--dry-run');
    expect(dry).toMatchObject({ code: 0, stdout: expect.stringContaining('tightens') });
    expect(await versionsOf('push-dry')).toHaveLength(1);
    const creating = await kt('push', '--file', name, '--gateway-id', free.id, '--dry-run');
    expect(creating).toMatchObject({ code: 0, stderr: expect.stringContaining('create push-new') });
    expect((await loop.stack.call('GET', '/v1/configurations/push-new')).status).toBe(404);
  });

  it('refuses a document that is not valid before it asks the API anything', async () => {
    const name = file('bad.yaml', policy({ id: 'bad' }).replace('spend-limit', 'spend-limitt'));
    const refused = await runKt(['policy', 'push', '--file', name, '--gateway-id', 'any'], {
      cwd: folder,
      env: { KEEPTRUSTS_API_URL: 'http://127.0.0.1:1', KEEPTRUSTS_API_TOKEN: 'none' },
    });
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('error[E001]');
  });

  it('makes a configuration for a gateway that is bound to nothing, and may be repeated', async () => {
    const gateway = await fleet.gateway(null);
    const text = policy({ id: 'push-fresh' });
    const args = ['push', '--file', file('fresh.yaml', text), '--gateway-id', gateway.id];
    const { code, stdout } = await kt(...args);
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('is bound to push-fresh'),
    });
    expect((await gateway.told()).content_hash).toBe(sha256(text));
    expect(await kt(...args)).toMatchObject({ code: 0, stdout: expect.stringContaining('identical') });
  });

  it('takes over no configuration that only happens to have the same name', async () => {
    await configured('push-taken');
    const gateway = await fleet.gateway(null);
    const name = file('taken.yaml', policy({ id: 'push-taken', limit: 9 }));
    const refused = await kt('push', '--file', name, '--gateway-id', gateway.id);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--configuration-id push-taken'),
    });
    expect(await versionsOf('push-taken')).toHaveLength(1);
    const asked = await kt(
      'push',
      '--file',
      name,
      '--gateway-id',
      gateway.id,
      '--configuration-id',
      'push-taken',
    );
    expect(asked).toMatchObject({ code: 0, stdout: expect.stringContaining('published version 2') });
  });

  it('does not publish where git would override it, and says where to change it', async () => {
    const { id, gateway, linkId } = await loop.linked('push-git');
    const name = file('git.yaml', policy({ id, limit: 1 }));
    const { code, stderr } = await kt('push', '--file', name, '--gateway-id', gateway.id);
    expect(code).toBe(1);
    expect(stderr).toContain('git feeds configuration push-git');
    expect(stderr).toContain(linkId);
    expect(await versionsOf(id)).toHaveLength(1);
  });

  it('tells who else will run it', async () => {
    await configured('push-shared');
    const [gateway] = [await fleet.gateway('push-shared'), await fleet.gateway('push-shared')];
    const name = file('shared.yaml', policy({ id: 'push-shared', limit: 2 }));
    const { stderr } = await kt('push', '--file', name, '--gateway-id', gateway.id);
    expect(stderr).toContain('1 other gateway runs configuration push-shared too');
  });

  it('has no answer for a file that is not there, and a no for a gateway that is not', async () => {
    expect(await kt('push', '--file', 'none.yaml', '--gateway-id', 'gw')).toMatchObject({ code: 2 });
    const name = file('whom.yaml', policy({ id: 'whom' }));
    expect(await kt('push', '--file', name, '--gateway-id', 'gw_none')).toMatchObject({ code: 1 });
  });
});

describe('kt policy push --wait', () => {
  it('ends well once every gateway runs it', async () => {
    await configured('wait-all');
    const gateways = [
      await fleet.gateway('wait-all'),
      await fleet.gateway('wait-all', { signs: true }),
    ] as const;
    const text = policy({ id: 'wait-all', limit: 3 });
    const waiting = spawnKt(
      [
        'policy',
        'push',
        '--file',
        file('all.yaml', text),
        '--gateway-id',
        gateways[0].id,
        '--wait',
        '--timeout',
        '60',
      ],
      { env: env(), cwd: folder },
    );
    const ended = new Promise((resolve) => waiting.child.once('close', resolve));
    await loop.stack.until('/v1/configurations/wait-all', (body) => body.content_hash === sha256(text));
    for (const gateway of gateways) await gateway.applies();
    expect(await ended).toBe(0);
    expect(waiting.output.stdout).toContain('2 of 2 gateways run it');
    expect(waiting.output.stderr).not.toContain('\r'); // no progress where nobody watches
  });

  it('names who does not run it in time', async () => {
    await configured('wait-late');
    const gateway = await fleet.gateway('wait-late');
    const name = file('late.yaml', policy({ id: 'wait-late', limit: 4 }));
    const args = ['push', '--file', name, '--gateway-id', gateway.id, '--wait', '--timeout', '1'];
    const { code, stdout, stderr } = await kt(...args);
    expect(code).toBe(1);
    expect(stderr).toContain('Not run by 1 of 1 gateways after 1 s');
    expect(stdout).toMatch(new RegExp(`${gateway.id} .*offline`));
    const again = JSON.parse((await kt(...args, '--json')).stdout);
    expect(again).toMatchObject({ identical: true, convergence: { outcome: 'stragglers' } });
  });

  it('does not wait for one that refused', async () => {
    await configured('wait-refused');
    const gateway = await fleet.gateway('wait-refused', { signs: true });
    const text = policy({ id: 'wait-refused', limit: 5 });
    const waiting = spawnKt(
      [
        'policy',
        'push',
        '--file',
        file('refused.yaml', text),
        '--gateway-id',
        gateway.id,
        '--wait',
        '--timeout',
        '600',
      ],
      { env: env(), cwd: folder },
    );
    const ended = new Promise((resolve) => waiting.child.once('close', resolve));
    await loop.stack.until('/v1/configurations/wait-refused', (body) => body.content_hash === sha256(text));
    await gateway.refuses('no room on the disk');
    expect(await ended).toBe(1);
    expect(waiting.output.stdout).toContain('no room on the disk');
  });

  it('does not wait for a version that another one took the place of', async () => {
    await configured('wait-superseded');
    const gateway = await fleet.gateway('wait-superseded');
    const name = file('superseded.yaml', policy({ id: 'wait-superseded', limit: 6 }));
    const args = ['policy', 'push', '--file', name, '--gateway-id', gateway.id, '--wait', '--timeout', '600'];
    const waiting = spawnKt(args, { env: env(), cwd: folder });
    const ended = new Promise((resolve) => waiting.child.once('close', resolve));
    await loop.stack.until('/v1/configurations/wait-superseded', (body) => body.active_version.number === 2);
    await loop.stack.call('PATCH', '/v1/configurations/wait-superseded', {
      policy_yaml: policy({ id: 'wait-superseded', limit: 7 }),
    });
    expect(await ended).toBe(1);
    expect(waiting.output.stderr).toContain('Version 3 was put in force meanwhile');
  });
});

describe('kt policy deploy', () => {
  const deploy = (source: string, target: string, ...more: string[]) =>
    kt('deploy', '--source-gateway-id', source, '--target-gateway-id', target, ...more);

  it('brings the exact bytes that the source is proven to run to the target', async () => {
    const text = `${await configured('from-a', 11)}`;
    await configured('to-b', 12);
    const source = await fleet.gateway('from-a', { signs: true });
    const target = await fleet.gateway('to-b');
    await source.applies();
    const { code, stdout } = await deploy(source.id, target.id, '--file', file('a.yaml', text));
    expect(code).toBe(0);
    expect(stdout).toContain('published version 2 of to-b');
    expect(await activeOf('to-b')).toBe(sha256(text));
    expect(await deploy(source.id, target.id)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('identical'),
    });
  });

  it('does not deploy what the source never said it runs, unless told to', async () => {
    await configured('silent-a', 21);
    await configured('silent-b', 22);
    const [source, target] = [await fleet.gateway('silent-a'), await fleet.gateway('silent-b')];
    expect(await deploy(source.id, target.id)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--unverified'),
    });
    expect(await versionsOf('silent-b')).toHaveLength(1);
    expect(await deploy(source.id, target.id, '--unverified')).toMatchObject({ code: 0 });
    expect(await versionsOf('silent-b')).toHaveLength(2);
  });

  it('does not deploy when the source runs something else or refused, whatever is said', async () => {
    await configured('other-a', 31);
    await configured('other-b', 32);
    const target = await fleet.gateway('other-b');
    const source = await fleet.gateway('other-a');
    await source.told();
    await source.runs(sha256('something else'));
    expect(await deploy(source.id, target.id, '--unverified')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(sha256('something else')),
    });
    const stubborn = await fleet.gateway('other-a', { signs: true });
    await stubborn.refuses('unknown kind');
    expect(await deploy(stubborn.id, target.id, '--unverified')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('unknown kind'),
    });
    expect(await versionsOf('other-b')).toHaveLength(1);
  });

  it('does not deploy when the file differs by a single byte', async () => {
    const text = await configured('byte-a', 41);
    await configured('byte-b', 42);
    const [source, target] = [await fleet.gateway('byte-a'), await fleet.gateway('byte-b')];
    await source.applies();
    const { code, stderr } = await deploy(source.id, target.id, '--file', file('byte.yaml', `${text}\n`));
    expect(code).toBe(1);
    expect(stderr).toContain('kt policy diff byte-a@1 byte.yaml');
    expect(await versionsOf('byte-b')).toHaveLength(1);
  });

  it('does not bind the target to the configuration of the source, unless that is what was asked for', async () => {
    await configured('lone-a', 51);
    const [source, target] = [await fleet.gateway('lone-a'), await fleet.gateway(null)];
    await source.applies();
    expect(await deploy(source.id, target.id)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--configuration-id'),
    });
    expect(await deploy(source.id, target.id, '--configuration-id', 'lone-b')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`gateway ${target.id} is bound to lone-b`),
    });
    expect(await activeOf('lone-b')).toBe(await activeOf('lone-a'));
  });

  it('is told when source and target are one, or the source has nothing', async () => {
    await configured('have-b', 61);
    const free = await fleet.gateway(null);
    const other = await fleet.gateway('have-b');
    expect(await deploy(free.id, free.id)).toMatchObject({ code: 2 });
    expect(await deploy(free.id, other.id)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('bound to nothing'),
    });
  });
});

describe('kt policy diff, with versions of the API', () => {
  it('compares a version with a file, by number, id, active and head', async () => {
    const text = await configured('diffed', 100);
    const name = file('diffed.yaml', policy({ id: 'diffed', limit: 50 }));
    for (const version of ['1', 'active', 'head', (await versionsOf('diffed'))[0].id]) {
      const { code, stdout } = await kt('diff', `diffed@${version}`, name, '--json');
      expect(code).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({ identical: false, changes: [{ effect: 'tightens' }] });
    }
    expect(await kt('diff', file('same-diffed.yaml', text), 'diffed@active')).toMatchObject({ code: 0 });
    expect(await kt('diff', 'diffed@99', name)).toMatchObject({ code: 1 });
  });
});
