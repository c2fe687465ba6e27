/** The judgement at the end of a run: calls that a role would not allow, and grants that nothing used. */
import type { Grant } from './grants.ts';
import type { Testimonies } from './testimony.ts';

/** A grant that no test uses, known and wanted. */
export interface Acknowledged {
  /** As a judgement writes it, or the beginning of it up to a `*`. */
  readonly grant: string;
  readonly reason: string;
  /** Used in some runs: no reason to complain either way. */
  readonly seldom?: true;
}

interface Case {
  readonly grants: readonly Grant[];
  readonly acknowledged: readonly Acknowledged[];
  readonly testimonies: Testimonies;
  /** Everything that could have used a grant has been run. */
  readonly full: boolean;
}

/** A line for each thing that is wrong; none when all is well. Refusals count in every run, the rest in a full one. */
export function judge({ grants, acknowledged, testimonies, full }: Case): string[] {
  const { uses, refusals } = testimonies;
  const refused = [...refusals].map((refusal) => `refused: ${refusal}`);
  if (!full) return refused;
  const unused = grants.filter(({ use }) => !uses.has(use));
  const unknown = unused.filter(({ words }) => !acknowledged.some((one) => covers(one, words)));
  const stale = acknowledged.flatMap((one) => {
    const covered = grants.filter(({ words }) => covers(one, words));
    if (covered.length === 0) return [`${one.grant} is acknowledged and no longer granted`];
    if (one.seldom) return [];
    return covered
      .filter(({ use }) => uses.has(use))
      .map(({ words }) => `${words} is acknowledged as unused, and was used`);
  });
  return [
    ...refused,
    ...unknown.map(({ words }) => `granted and never used, nor acknowledged: ${words}`),
    ...stale,
  ];
}

const covers = ({ grant }: Acknowledged, words: string) =>
  grant.endsWith('*') && grant !== words ? words.startsWith(grant.slice(0, -1)) : words === grant;
