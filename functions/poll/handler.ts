/** The schedule's tick on one side, `poll` on the other. */
import { type PollOutcome, type PollPorts, poll } from '../../lib/pipeline/poll.ts';

export function pollHandler(ports: PollPorts) {
  return async (): Promise<PollOutcome> => {
    const outcome = await poll(ports);
    ports.log.fact('poll.done', { ...outcome });
    return outcome;
  };
}
