/** Schedules: EventBridge Scheduler's rate(…), and a tick by hand. */
import { scheduleSession } from './iam/actors.ts';
import { OVER_TLS } from './iam/request.ts';
import type { InvokeAnswer } from './lambda/function.ts';
import type { Sessions } from './sts/sessions.ts';
import type { Schedule } from './template/compute.ts';

export interface Scheduler {
  /** Runs the schedule now and answers how its function ended. */
  tick(schedule: Schedule): Promise<InvokeAnswer>;
  /** Runs every schedule once at once, which drives again what a stopped stack left, then at its rate. */
  start(): void;
  stop(): void;
}

/** Invokes as the schedule's role, and as EventBridge does, drops what the role may not. */
export function scheduler(
  schedules: readonly Schedule[],
  sessions: Sessions,
  invoke: (functionName: string, event: unknown) => Promise<InvokeAnswer>,
): Scheduler {
  const timers: NodeJS.Timeout[] = [];
  const as = new Map(schedules.map((schedule) => [schedule.id, scheduleSession(schedule, sessions)]));
  const tick = async ({ id, functionName, functionArn, input }: Schedule): Promise<InvokeAnswer> => {
    const session = as.get(id);
    const request = { action: 'lambda:InvokeFunction', resource: functionArn, context: OVER_TLS };
    const refusal = session && sessions.refusalOf(session, [request]);
    if (!refusal) return invoke(functionName, JSON.parse(input));
    return { kind: 'failed', error: { errorType: refusal.code, errorMessage: refusal.message } };
  };
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
