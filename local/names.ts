/** Finding a resource of the template by the name a person would use. */

/**
 * Exactly the name or logical id; else the only one that starts with it, letter case and punctuation aside: `fan-out`
 * finds `FanOutFunction`. Throws when none or several fit.
 */
export function findNamed<T extends { readonly id: string; readonly name: string }>(
  wanted: string,
  among: readonly T[],
): T {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const exact = among.find(({ id, name }) => id === wanted || name === wanted);
  if (exact) return exact;
  const fits = among.filter(({ id, name }) =>
    [id, name].some((text) => plain(text).startsWith(plain(wanted))),
  );
  const [shortest, next] = fits.sort((a, b) => a.id.length - b.id.length);
  // `sync` is SyncQueue, not its SyncQueueDeadLetters.
  if (shortest && (!next || plain(next.id).startsWith(plain(shortest.id)))) return shortest;
  const names = among.map(({ id, name }) => (id === name ? id : `${id} (${name})`)).join(', ');
  throw new Error(`${wanted} is ${shortest ? 'more than one' : 'none'} of ${names}`);
}
