/** What serving a call takes beside the call: all of it outlives the version that the call is served by. */
import type { Message } from '../../engine/request.ts';
import type { BodyReader } from '../http/read-body.ts';
import type { Slots } from '../http/slots.ts';
import type { Judge } from '../judge.ts';
import type { OrderPorts } from '../upstreams/routing.ts';
import type { Agents, Timeouts } from '../upstreams/send.ts';

export interface ChatPorts {
  readonly bodies: BodyReader;
  readonly slots: Slots;
  readonly judge: Judge;
  readonly order: OrderPorts;
  readonly agents: Agents;
  readonly timeouts: Timeouts;
  /** Milliseconds, of a clock that never goes back. */
  readonly elapsed: () => number;
  /** A keyed hash of what was asked, so that the same is known again and nothing can be guessed from it. */
  readonly promptHash: (messages: readonly Message[]) => string | null;
  /** Of this program, for providers. */
  readonly version: string;
}
