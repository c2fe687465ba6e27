/** A bell: wakes a loop that waits, also when it rang just before. */
import { timerMs } from './pause.ts';

export type Bell = ReturnType<typeof bell>;

export function bell() {
  let rung = false;
  let wakeUp = () => {};
  return {
    ring(): void {
      rung = true;
      wakeUp();
    },
    /** Returns when it rings, or rang since the last wait; after `ms`; or when the signal is given. Whether it rang. */
    wait(ms: number, signal: AbortSignal): Promise<boolean> {
      return new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          wakeUp = () => {};
          resolve(rung);
          rung = false;
        };
        const timer = setTimeout(done, timerMs(ms));
        wakeUp = done;
        if (rung || signal.aborted) done();
        else signal.addEventListener('abort', done);
      });
    },
  };
}
