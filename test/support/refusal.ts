/** Refusal: what somebody is told whose input is refused. */
import { Fault } from '../../lib/domain/fault.ts';

export function refusal(work: () => unknown): string {
  try {
    return `accepted: ${JSON.stringify(work())}`;
  } catch (error) {
    if (error instanceof Fault && error.class === 'validation') return error.message;
    throw error;
  }
}
