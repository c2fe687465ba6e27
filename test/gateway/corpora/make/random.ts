/** Random: numbers that are the same on every run, so that a generated corpus can be generated again. */

export interface Random {
  /** 0 ≤ n < `below`. */
  int(below: number): number;
  pick<T>(from: readonly T[]): T;
  digits(length: number): string;
  /** Not more often than there are different ones. */
  sample<T>(from: readonly T[], count: number): readonly T[];
}

/** Mulberry32: small, and the same everywhere. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (below: number) => Math.floor(next() * below);
  const pick = <T>(from: readonly T[]): T => {
    const item = from[int(from.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  };
  return {
    int,
    pick,
    digits: (length) => Array.from({ length }, () => int(10)).join(''),
    sample(from, count) {
      const rest = [...from];
      return Array.from({ length: Math.min(count, from.length) }, () =>
        rest.splice(int(rest.length), 1),
      ).flat();
    },
  };
}
