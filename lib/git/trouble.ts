/** Trouble: the faults of a git host that another way of asking may get around. */
import { Fault } from '../domain/fault.ts';

/** The connection went away before the answer was complete. Some servers do this when they dislike a request. */
export class HangUp extends Fault {
  constructor(host: string) {
    super('network', `${host} closed the connection before its answer was complete`);
  }
}

/** The answer is larger than the bound for it. */
export class OverLimit extends Fault {
  constructor(message: string) {
    super('too_large', message);
  }
}

/** The server understood and said no, in its own (cleaned) words. */
export class Refusal extends Fault {
  constructor(host: string, words: string) {
    super('unsupported', `${host} refused: ${words}`);
  }
}

/** What arrived is not what the protocol allows: damage on the way, or a hostile server. */
export function damaged(what: string): Fault {
  return new Fault('network', `the git host sent a damaged answer: ${what}`);
}

/** Whether a server said that it has no such object, or none it would show. */
export function saysNoSuchObject(fault: unknown): boolean {
  return fault instanceof Refusal && /not our ref|want [0-9a-f]+ not valid/i.test(fault.message);
}

/** Whether a server said that it is the filter it dislikes. */
export function saysNoFilter(fault: unknown): boolean {
  return fault instanceof Refusal && /filter/i.test(fault.message);
}
