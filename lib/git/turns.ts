/** Turns: at most so many of one kind at a time; who comes later waits, until its signal says not to. */

interface Line {
  taken: number;
  readonly waiting: Set<() => void>;
}

/** What to call when done. Rejects with the signal's reason. */
export type TakeTurn = (key: string, signal: AbortSignal) => Promise<() => void>;

export function turns(most: number): TakeTurn {
  const lines = new Map<string, Line>();
  return async (key, signal) => {
    const line = lines.get(key) ?? { taken: 0, waiting: new Set() };
    lines.set(key, line);
    if (line.taken >= most) await handedOver(line, signal);
    else line.taken += 1;
    return () => {
      const [next] = line.waiting;
      if (next) return next();
      line.taken -= 1;
      if (line.taken === 0) lines.delete(key);
    };
  };
}

function handedOver({ waiting }: Line, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      waiting.delete(mine);
      signal.removeEventListener('abort', given);
    };
    const mine = () => {
      leave();
      resolve();
    };
    const given = () => {
      leave();
      reject(signal.reason);
    };
    if (signal.aborted) return reject(signal.reason);
    waiting.add(mine);
    signal.addEventListener('abort', given);
  });
}
