/** Until told: a process that goes on until somebody ends it, and does something when it is hung up on. */

/** Resolves at the first SIGTERM or SIGINT; the second one ends the process at once. */
export function untilTold(onHangUp: () => void): Promise<void> {
  return new Promise((resolve) => {
    const stops = ['SIGTERM', 'SIGINT'] as const;
    const onStop = () => {
      for (const signal of stops) process.off(signal, onStop);
      resolve();
    };
    for (const signal of stops) process.on(signal, onStop);
    process.on('SIGHUP', onHangUp);
  });
}

/** Whoever reads what a command prints may go: that ends a list, and must not end a gateway. */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.removeAllListeners('error').on('error', () => {});
}
