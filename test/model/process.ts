/** A process: a run of one of our functions, over the ports, that can die or fall asleep at any call it makes. */
import { never } from '../support/faults.ts';
import type { Below, Fact } from '../support/ports-over.ts';
import { portsOver } from '../support/ports-over.ts';

/** Asked before and after every call to a store, a queue, a key or a git host; never settles in a process that died. */
export type Gate = (call: string, when: 'before' | 'after') => Promise<void> | void;

export function portsThrough(below: Below, clock: { now: () => Date }, facts: Fact[], gate: Gate) {
  const { client } = below.table;
  return portsOver(
    {
      ...below,
      table: { ...below.table, client: sending(client, gate) },
      kms: sending(below.kms, gate),
      sqs: sending(below.sqs, gate),
      git: {
        resolve: (repository, branch) =>
          through(gate, 'resolve', () => below.git.resolve(repository, branch)),
        read: (request) => through(gate, 'read', () => below.git.read(request)),
      },
    },
    clock,
    facts,
  );
}

function sending<Client extends { send: unknown }>(client: Client, gate: Gate): Client {
  const send = client.send as (command: object) => Promise<unknown>;
  const gated = (command: object) =>
    through(gate, command.constructor.name.replace(/Command$/, ''), () => send.call(client, command));
  return Object.assign(Object.create(client), { send: gated });
}

async function through<T>(gate: Gate, call: string, work: () => Promise<T>): Promise<T> {
  await gate(call, 'before');
  try {
    return await work();
  } finally {
    await gate(call, 'after');
  }
}

export type Ending = 'done' | 'died' | 'asleep';

/** What becomes of a process at its `at`th call: nothing when it makes fewer. */
export interface Fate {
  readonly kind: 'dies' | 'falls asleep';
  readonly at: number;
  readonly when: 'before' | 'after';
}

export interface Sleeper {
  /** Goes on where it was; resolves when it ended. */
  wake(): Promise<void>;
}

/** Runs `work` until it ends, or until its fate. A dead process does nothing more; a sleeper may be woken. */
export async function live(
  fate: Fate | null,
  work: (gate: Gate) => Promise<unknown>,
): Promise<{ ending: Ending; error: unknown; sleeper: Sleeper | null }> {
  let calls = 0;
  let dead = false;
  let stopped: (ending: Ending) => void = () => {};
  const stop = new Promise<Ending>((resolve) => {
    stopped = resolve;
  });
  let wakes: () => void = () => {};
  const awake = new Promise<void>((resolve) => {
    wakes = resolve;
  });
  const gate: Gate = (_call, when) => {
    if (dead) return never();
    if (!fate) return;
    if (when === 'before') calls++;
    if (calls !== fate.at || when !== fate.when) return;
    if (fate.kind === 'dies') {
      dead = true;
      stopped('died');
      return never();
    }
    stopped('asleep');
    return awake;
  };
  let error: unknown = null;
  const whole = work(gate).then(
    () => 'done' as const,
    (thrown: unknown) => {
      error = thrown;
      return 'done' as const;
    },
  );
  const ending = await Promise.race([whole, stop]);
  const sleeper: Sleeper = {
    async wake() {
      wakes();
      await whole;
    },
  };
  return { ending, error, sleeper: ending === 'asleep' ? sleeper : null };
}
