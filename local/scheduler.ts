/** Schedules: EventBridge Scheduler's rate(…), and a tick by hand. */
import type { InvokeAnswer } from './lambda/function.ts';
import type { Schedule } from './template/compute.ts';

export interface Scheduler {
  /** Runs the schedule now and answers how its function ended. */
  tick(schedule: Schedule): Promise<InvokeAnswer>;
  /** Runs every schedule once at once, which drives again what a stopped stack left, then at its rate. */
  start(): void;
  stop(): void;
}

export function scheduler(
  schedules: readonly Schedule[],
  invoke: (functionName: string, event: unknown) => Promise<InvokeAnswer>,
): Scheduler {
  const timers: NodeJS.Timeout[] = [];
  const tick = ({ functionName, input }: Schedule) => invoke(functionName, JSON.parse(input));
  return {
    tick,
    start: () => {
      for (const schedule of schedules) {
        // How it ended is in the log; the next tick is the retry.
        void tick(schedule);
        timers.push(setInterval(() => void tick(schedule), schedule.everyMs).unref());
      }
    },
    stop: () => {
      for (const timer of timers) clearInterval(timer);
    },
  };
}
