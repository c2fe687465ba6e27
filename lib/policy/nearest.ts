/** The known name that a misspelt one most likely meant. */

const MAX_LENGTH = 64;

/** Null when nothing is close: a wrong guess sends people the wrong way. */
export function nearest(name: string, known: readonly string[]): string | null {
  if (name.length > MAX_LENGTH) return null;
  const wanted = normal(name);
  let best: { name: string; distance: number } | null = null;
  for (const candidate of known) {
    const distance = editDistance(wanted, normal(candidate));
    if (!best || distance < best.distance) best = { name: candidate, distance };
  }
  return best && best.distance <= Math.max(1, Math.floor(wanted.length / 3)) ? best.name : null;
}

/** `did you mean x?`, or what else helps. */
export function didYouMean(name: string, known: readonly string[], otherwise = ''): string {
  const guess = nearest(name, known);
  return guess === null ? otherwise : `did you mean \`${guess}\`?`;
}

function normal(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}

/** Levenshtein, one row at a time, where two neighbours that changed places are one edit: `lable`. */
function editDistance(a: string, b: string): number {
  let above: readonly number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const other = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isTurned = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const turned = isTurned ? (above[j - 2] ?? 0) + 1 : other;
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, other, turned));
    }
    [above, row] = [row, next];
  }
  return row[b.length] ?? 0;
}
