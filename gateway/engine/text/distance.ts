/** Distance: whether one text becomes another by a few edits (Levenshtein), in time that grows with how few. */
import type { Budget } from '../budget.ts';

/** A cell of the table takes less time than a step of a pattern. */
const CELLS_PER_STEP = 4;
/** Of one comparison, whatever comes of it. */
const STEPS_TO_BEGIN = 4;

/** Only cells near the diagonal can matter, and once all of a row are too far there is no way back. */
export function withinDistance(
  a: string,
  b: string,
  allowed: number,
  budget: Pick<Budget, 'spend'>,
): boolean {
  if (Math.abs(a.length - b.length) > allowed) return false;
  budget.spend(STEPS_TO_BEGIN);
  const far = allowed + 1;
  // By how far a cell is to the right of the diagonal; one more at each end, which is never near.
  const width = 2 * allowed + 1;
  let row = new Uint8Array(width + 2).fill(far);
  let next = new Uint8Array(width + 2).fill(far);
  for (let j = 0; j <= allowed; j++) row[j + allowed + 1] = j;
  for (let i = 1; i <= a.length; i++) {
    budget.spend(width / CELLS_PER_STEP);
    let nearest = far;
    for (let k = 1; k <= width; k++) {
      const j = i + k - 1 - allowed;
      let least = far;
      if (j === 0) least = Math.min(i, far);
      else if (j > 0 && j <= b.length) {
        const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? 0 : 1;
        least = Math.min((row[k] ?? far) + same, (row[k + 1] ?? far) + 1, (next[k - 1] ?? far) + 1, far);
      }
      next[k] = least;
      if (least < nearest) nearest = least;
    }
    if (nearest === far) return false;
    [row, next] = [next, row];
  }
  return (row[b.length - a.length + allowed + 1] ?? far) <= allowed;
}
