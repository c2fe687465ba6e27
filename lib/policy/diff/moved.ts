/** What moved from one order to another: the fewest items that account for it. */

/** Items of both orders that moved, with their places before and after, from 0. Names occur once in each. */
export function movedOf(before: readonly string[], after: readonly string[]): Map<string, [number, number]> {
  const places = new Map(before.map((name, i) => [name, i]));
  const common = after.flatMap((name, to) => {
    const from = places.get(name);
    return from === undefined ? [] : [{ name, from, to }];
  });
  const stayed = longestRising(common.map(({ from }) => from));
  const moved = common.filter((_, i) => !stayed.has(i));
  return new Map(moved.map(({ name, from, to }) => [name, [from, to]]));
}

/** Indices of a longest rising subsequence of distinct numbers; patience sorting, n log n. */
function longestRising(numbers: readonly number[]): ReadonlySet<number> {
  const tops: number[] = [];
  const previous: number[] = [];
  numbers.forEach((value, i) => {
    let [low, high] = [0, tops.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((numbers[tops[middle] ?? 0] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    previous[i] = tops[low - 1] ?? -1;
    tops[low] = i;
  });
  const rising = new Set<number>();
  for (let i = tops.at(-1) ?? -1; i >= 0; i = previous[i] ?? -1) rising.add(i);
  return rising;
}
