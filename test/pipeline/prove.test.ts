/** Prove: what goes into a bundle, for fleets of any size, and when there can be none. */
import { describe, expect, it } from 'vitest';
import { MOST_GATEWAYS_PROVEN } from '../../lib/domain/proof.ts';
import { verifyProof } from '../../lib/domain/verify-proof.ts';
import { controlPlane, type Member, member } from '../support/proving.ts';

const plane = controlPlane();

/** Of one gateway that signed: the others have its key, since to make keys takes long. */
function fleet(size: number): readonly Member[] {
  const { standing, keys } = member('gw_0');
  return Array.from({ length: size }, (_, index) => {
    const id = `gw_${String(index).padStart(5, '0')}`;
    return { keys, standing: { ...standing, id } };
  });
}

describe('a proof', () => {
  it('holds a fleet of several pages, every gateway of it, in order', async () => {
    const turned = [...fleet(2300)].reverse();
    const proof = await plane.proof(...turned);
    expect(proof.roster.gateways).toHaveLength(2300);
    expect(proof.seal.statement.gateways).toBe(2300);
    // Their receipts are those of another gateway, and that is all that is wrong with them.
    const { problems } = verifyProof(proof, { keys: plane.keys, expected: null });
    expect(problems).toHaveLength(2300);
    expect(problems.every((problem) => problem.endsWith("its receipt is another gateway's"))).toBe(true);
  });

  it('of a fleet that is as large as can be fits into one answer, and one more gateway is refused', async () => {
    const proof = await plane.proof(...fleet(MOST_GATEWAYS_PROVEN));
    expect(Buffer.byteLength(JSON.stringify(proof))).toBeLessThan(6 * 1024 * 1024);
    expect(await plane.outcome(fleet(MOST_GATEWAYS_PROVEN + 1))).toEqual({ kind: 'too many gateways' });
  });

  it('is not made of two moments: another activation meanwhile ends it', async () => {
    const moved = { ...plane.configuration, sequence: 6 };
    expect(await plane.outcome(fleet(1), moved)).toEqual({ kind: 'changed meanwhile' });
    const deleted = { ...plane.configuration, deletedAt: '2026-03-01T12:00:09.000Z' };
    expect(await plane.outcome(fleet(1), deleted)).toEqual({ kind: 'changed meanwhile' });
  });

  it('is not made of a fleet that changed while it was read: nobody bound meanwhile is missing in it', async () => {
    const [first, ...rest] = fleet(1002);
    if (!first) throw new Error('there is one');
    const all = [first, ...rest];
    expect(await plane.outcome(rest, plane.configuration, all)).toEqual({ kind: 'changed meanwhile' });
    expect(await plane.outcome(all, plane.configuration, rest)).toEqual({ kind: 'changed meanwhile' });
    expect(await plane.outcome(all)).toMatchObject({ kind: 'proof' });
  });
});
