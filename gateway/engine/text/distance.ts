/** Distance: whether one text becomes another by a few edits (Levenshtein), in time that grows with how few. */

export function withinDistance(a: string, b: string, allowed: number): boolean {
  if (Math.abs(a.length - b.length) > allowed) return false;
  const far = allowed + 1;
  let row = Array.from({ length: b.length + 1 }, (_, j) => Math.min(j, far));
  for (let i = 1; i <= a.length; i++) {
    const next = Array.from({ length: b.length + 1 }, () => far);
    if (i <= allowed) next[0] = i;
    const last = Math.min(b.length, i + allowed);
    for (let j = Math.max(1, i - allowed); j <= last; j++) {
      const change = (row[j - 1] ?? far) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(change, (row[j] ?? far) + 1, (next[j - 1] ?? far) + 1, far);
    }
    row = next;
  }
  return (row[b.length] ?? far) <= allowed;
}
