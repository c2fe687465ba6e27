/** `kt version verify` with proofs that are genuine, and not what was asked for. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Proof } from '../../lib/domain/proof.ts';
import { runKt } from '../support/kt.ts';
import { controlPlane, member } from '../support/proving.ts';

const plane = controlPlane();
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kt-verify-'));
  const proof = await plane.proof(member('gw_1'));
  write('proof.json', proof);
  write('ahead.json', takenAt(proof, new Date(Date.now() + 3_600_000).toISOString()));
  write('fresh.json', takenAt(proof, new Date(Date.now() + 2000).toISOString()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, proof: Proof) => writeFileSync(join(folder, name), JSON.stringify(proof));
const verify = (...args: string[]) => runKt(['version', 'verify', ...args], { cwd: folder });

/** As whoever has the key for proofs could date it. */
function takenAt(proof: Proof, at: string): Proof {
  const gateways = proof.roster.gateways.map((one) => ({ ...one, heard: one.heard && { ...one.heard, at } }));
  const roster = { ...proof.roster, read_from: at, read_to: at, gateways };
  return plane.resealed({ ...proof, roster }, { taken_at: at });
}

describe('kt version verify', () => {
  it('takes a proof of the configuration and version that were asked for, by number or id', async () => {
    for (const version of ['2', 'ver_2']) {
      const verified = await verify('proof.json', '--configuration-id', 'cfg', '--expect-version', version);
      expect(verified, version).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('converged: its one'),
      });
    }
  });

  it('does not take one of another configuration or version for it, genuine as it is', async () => {
    const other = await verify('proof.json', '--configuration-id', 'payments');
    expect(other).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('another configuration: it is of cfg'),
    });
    const version = await verify('proof.json', '--expect-version', '3', '--json');
    expect(version.code).toBe(1);
    expect(JSON.parse(version.stdout)).toMatchObject({
      valid: true,
      converged: false,
      too_old: false,
      unfit: 'another version: it is of version 2 (ver_2), not of 3',
    });
  });

  it('does not read one that says something twice: another reader may take the other', async () => {
    const text = JSON.stringify(await plane.proof(member('gw_1'))).replace('"name":"', '"name":"a \\": \\\\');
    expect(JSON.parse(text).roster.gateways[0].name).toContain('a ": \\');
    writeFileSync(join(folder, 'once.json'), text);
    expect((await verify('once.json')).stdout).toContain('NOT VALID');
    const [head, ...rest] = JSON.stringify(await plane.proof(member('gw_1'))).split('"roster":');
    writeFileSync(join(folder, 'twice.json'), `${head}"roster":{"gateways":[]},"roster":${rest.join('')}`);
    expect(await verify('twice.json')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the same name twice'),
    });
  });

  it('does not take one that is dated ahead for a young one, but for what clocks may differ by', async () => {
    const ahead = await verify('ahead.json', '--max-age', '60');
    expect(ahead).toMatchObject({ code: 1, stdout: expect.stringContaining('dated ahead') });
    expect((await verify('fresh.json', '--max-age', '60')).code).toBe(0);
  });
});
