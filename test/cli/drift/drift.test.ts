/** `kt drift`, as a job runs it every few hours: a running stack, linked repositories, gateways and checkouts. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FILE, type Loop, startLoop } from '../../e2e/loop.ts';
import { fleetOf } from '../../support/fleet.ts';
import { runKt } from '../../support/kt.ts';
import { policy } from '../../support/world.ts';

let loop: Loop;
let fleet: ReturnType<typeof fleetOf>;
beforeAll(async () => {
  loop = await startLoop();
  fleet = fleetOf(loop.stack);
});
afterAll(() => loop.close());

async function drift(...args: string[]) {
  const env = { KEEPTRUSTS_API_URL: loop.stack.url, KEEPTRUSTS_API_TOKEN: loop.stack.adminToken };
  const { code, stdout, stderr } = await runKt(['drift', '--json', ...args], { env });
  return { code, stderr, answer: stdout === '' ? null : JSON.parse(stdout) };
}
const text = async (...args: string[]) => {
  const env = { KEEPTRUSTS_API_URL: loop.stack.url, KEEPTRUSTS_API_TOKEN: loop.stack.adminToken };
  return runKt(['drift', ...args], { env });
};

/** Linked, synced, and without the gateway that never speaks. */
async function linked(...args: Parameters<Loop['linked']>) {
  const one = await loop.linked(...args);
  await loop.stack.call('DELETE', `/v1/gateways/${one.gateway.id}`);
  return one;
}

describe('kt drift: gateways', () => {
  it('finds none when every gateway proved that it runs what git says', async () => {
    const { id } = await linked('steady');
    await (await fleet.gateway(id, { signs: true })).applies();
    await (await fleet.gateway(id)).applies();
    expect(await drift('--configuration-id', id)).toMatchObject({
      code: 0,
      answer: { drift: false, looked_at: { configurations: 1, gateways: 2, files: 0 }, found: [] },
    });
    expect((await text('--configuration-id', id)).stdout).toMatch(
      /^no drift \(1 configuration, 2 gateways looked at\)\n$/,
    );
  });

  it('tells one that never reported from one that runs something else, nothing, or refused', async () => {
    const { id } = await linked('unruly');
    const silent = await fleet.gateway(id);
    const [other, empty, refuses] = [
      await fleet.gateway(id),
      await fleet.gateway(id),
      await fleet.gateway(id, { signs: true }),
    ];
    await other.told();
    await other.runs('f'.repeat(64));
    await empty.runs(null);
    await refuses.refuses('no room on the disk');
    const { code, answer } = await drift('--configuration-id', id);
    expect(code).toBe(1);
    const states = Object.fromEntries(
      answer.found.map(({ which, state }: { which: string; state: string }) => [which, state]),
    );
    expect(states).toEqual({
      [silent.id]: 'never reported',
      [other.id]: 'runs something else',
      [empty.id]: 'runs nothing',
      [refuses.id]: 'refused',
    });
    const { stdout } = await text('--configuration-id', id);
    expect(stdout).toMatch(new RegExp(`unruly +gateway +${refuses.id} +refused .*no room on the disk`));
    expect(stdout).toMatch(/drift in 4 places/);
  });

  it('does not take a heartbeat for the proof that a gateway with a key owes', async () => {
    const { id } = await linked('unproven');
    const gateway = await fleet.gateway(id, { signs: true });
    await gateway.runs((await gateway.told()).content_hash);
    expect(await drift('--configuration-id', id)).toMatchObject({
      code: 1,
      answer: { found: [{ state: 'not proven' }] },
    });
  });
});

describe('kt drift: what is in force', () => {
  it('reports what is held on purpose, and takes it for drift with --strict alone', async () => {
    const { id, push, configuration, linkId } = await linked('on-hold');
    await push(200);
    await loop.cycle(linkId);
    const activated = await loop.stack.call('POST', `${configuration}/versions/1/activate`, {
      reason: 'incident 7',
      hold: { minutes: 60 },
    });
    expect(activated.status).toBe(200);
    const held = await drift('--configuration-id', id);
    expect(held).toMatchObject({
      code: 0,
      answer: { drift: false, found: [{ state: 'held', drift: false }] },
    });
    expect(held.answer.found[0].reason).toContain('incident 7');
    expect(await drift('--configuration-id', id, '--strict')).toMatchObject({
      code: 1,
      answer: { found: [{ drift: true }] },
    });
  });

  it('is drift when an older version was activated and nothing holds it', async () => {
    const { id, push, configuration, linkId } = await linked('by-hand');
    await push(200);
    await loop.cycle(linkId);
    await loop.stack.call('POST', `${configuration}/versions/1/activate`, {});
    const { code, answer } = await drift('--configuration-id', id);
    expect(code).toBe(1);
    // The link may say that it is about to be looked at: git takes over then.
    const drifts = answer.found.filter((one: { drift: boolean }) => one.drift);
    expect(drifts).toMatchObject([{ who: 'configuration', state: 'active is not head' }]);
  });

  it('is drift when a link cannot publish what git has', async () => {
    const { id, repository, linkId } = await linked('broken-link');
    await repository.commit({ [FILE]: 'pack: [' });
    await loop.cycle(linkId);
    expect(await drift('--configuration-id', id)).toMatchObject({
      code: 1,
      answer: { found: [{ who: 'link', which: linkId, state: 'link in error', configuration_id: id }] },
    });
  });

  it('has a no for a configuration that is not there, and no answer for a token that is none', async () => {
    expect(await drift('--configuration-id', 'nowhere')).toMatchObject({ code: 1, answer: null });
    expect(await drift('--api-token', 'kt_live_none')).toMatchObject({ code: 2, answer: null });
  });
});

describe('kt drift --repo', () => {
  it('compares the files of a checkout with what was published from them', async () => {
    const { id, repository } = await linked('checked-out');
    const clone = await repository.clone();
    const compare = (...more: string[]) => drift('--repo', clone.dir, '--configuration-id', id, ...more);
    expect(await compare()).toMatchObject({ code: 0, answer: { looked_at: { files: 1 }, found: [] } });

    appendFileSync(join(clone.dir, FILE), '# edited\n');
    expect(await compare()).toMatchObject({
      code: 1,
      answer: { found: [{ who: 'file', which: FILE, state: 'checkout differs', reason: null }] },
    });
    writeFileSync(join(clone.dir, FILE), policy({ id }).replaceAll('\n', '\r\n'));
    expect((await compare()).answer.found[0].reason).toContain('line endings');
    rmSync(join(clone.dir, FILE));
    expect(await compare()).toMatchObject({ code: 1, answer: { found: [{ state: 'missing in checkout' }] } });
  });

  it('finds files in a linked directory that feed nothing, and leaves out what is not committed', async () => {
    const { repository, linkId } = await linked(
      'whole-directory',
      { path: 'policies/' },
      {
        'policies/one/policy-config.yaml': policy({ id: 'whole-directory' }),
      },
    );
    const clone = await repository.clone();
    writeFileSync(join(clone.dir, 'policies/scratch.yaml'), 'not: committed\n');
    await clone.push({ 'policies/two/policy-config.yaml': policy({ id: 'second' }) }).catch(() => undefined);
    const before = await drift('--repo', clone.dir);
    const files = before.answer.found.filter(({ who }: { who: string }) => who === 'file');
    expect(files.map(({ which }: { which: string }) => which)).toContain('policies/two/policy-config.yaml');
    expect(files).toMatchObject(files.map(() => ({ state: 'not published' })));
    expect(before.code).toBe(1);
    await loop.cycle(linkId);
    const after = await drift('--repo', clone.dir);
    expect(after.answer.found.map(({ which }: { which: string }) => which)).not.toContain(
      'policies/two/policy-config.yaml',
    );
  });

  it('compares with the links of the branch that is checked out, and asks when that is not clear', async () => {
    const { id, repository, link } = await linked('branched');
    const clone = await repository.clone();
    await clone.push({ [FILE]: readFileSync(join(clone.dir, FILE)) }, { branch: 'feature' });
    const other = await drift('--repo', clone.dir, '--configuration-id', id);
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('--branch') });
    expect(await drift('--repo', clone.dir, '--configuration-id', id, '--branch', 'main')).toMatchObject({
      code: 0,
    });
    await clone.git('checkout', '-q', '--detach');
    expect(await drift('--repo', clone.dir, '--configuration-id', id)).toMatchObject({ code: 0 });
    expect((await loop.stack.call('GET', link)).body.branch).toBe('main');
  });

  it('takes the repository by another name when it is given, and says when nothing is linked', async () => {
    const { id, repository } = await linked('renamed');
    const clone = await repository.clone();
    await clone.git('remote', 'set-url', 'origin', 'git@elsewhere.example:a/b.git');
    const unknown = await drift('--repo', clone.dir);
    expect(unknown).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('git@elsewhere.example:a/b.git'),
    });
    const otherName = repository.url.replace(/\.git$/, '/');
    const named = await drift('--repo', clone.dir, '--configuration-id', id, '--repo-url', otherName);
    expect(named).toMatchObject({ code: 0, answer: { looked_at: { files: 1 } } });
  });

  it('cannot tell without a checkout', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kt-no-checkout-'));
    try {
      expect(await drift('--repo', folder)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('not a git checkout'),
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
