/** Coalesced: one run at a time, and everybody who asks during one shares the next. */

/** The promise is of a run that began after the call. */
export function coalesced<T>(run: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | null = null;
  let next: Promise<T> | null = null;

  function start(): Promise<T> {
    const running = run().finally(() => {
      if (current === running) current = null;
    });
    current = running;
    return running;
  }

  return () => {
    if (next) return next; // also once the one before it has ended: it is about to begin
    if (!current) return start();
    next = current
      .catch(() => {}) // whoever asked for that run is told
      .then(() => {
        next = null;
        return start();
      });
    return next;
  };
}
