/** A gateway of a test: its state folder, its target, its queue, and an agent that can be started and stopped. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Agent, startAgent } from '../../../gateway/agent/agent.ts';
import type { Lent } from '../../../gateway/agent/api.ts';
import { systemClock } from '../../../gateway/agent/clock.ts';
import { realFiles } from '../../../gateway/agent/files.ts';
import type { AgentOptions, Outside } from '../../../gateway/agent/options.ts';
import { type QueueMessage, QueueTrouble } from '../../../gateway/agent/queue.ts';
import { enrol } from '../../../gateway/agent/registration.ts';
import type { Offer } from '../../../gateway/agent/shapes.ts';
import type { ApplyOutcome, Target } from '../../../gateway/agent/target.ts';
import { sha256Hex } from '../../../lib/domain/ids.ts';
import { messageOf, offer, signingKey } from './control.ts';
import { GATEWAY, startFakeApi, TOKEN } from './fake-api.ts';

export type World = Awaited<ReturnType<typeof startWorld>>;

/** Runs in this process, and keeps what it runs where nobody else gets at it. */
export function memoryTarget() {
  const now = {
    running: null as string | null,
    /** In the order it ran them. */
    ran: [] as string[],
    closed: [] as boolean[],
    refusal: null as string | null,
    unenforced: [] as readonly string[],
  };
  const target: Target = {
    async apply(content): Promise<ApplyOutcome> {
      if (now.refusal !== null) return { kind: 'refused', reason: now.refusal };
      const hash = sha256Hex(content);
      if (hash !== now.running) now.ran.push(hash);
      now.running = hash;
      return { kind: 'applied' };
    },
    running: async () => now.running,
    failClosed: async (closed) => void now.closed.push(closed),
    unenforced: () => now.unenforced,
  };
  return { ...target, now };
}

/** A queue in memory: what is received and not removed can be received again. */
export function memoryQueue() {
  const messages = new Map<string, string>();
  const removed: string[] = [];
  const lent: Lent[] = [];
  const told = { trouble: null as QueueTrouble['kind'] | null };
  const counted = { receives: 0 };
  let next = 1;
  let wake = () => {};
  const open = async (loan: Lent) => {
    lent.push(loan);
    let shown = new Set<string>();
    return {
      async receive(signal: AbortSignal): Promise<readonly QueueMessage[]> {
        counted.receives++;
        if (told.trouble !== null) throw new QueueTrouble(told.trouble, `trouble: ${told.trouble}`);
        const isNew = () => [...messages].filter(([handle]) => !shown.has(handle));
        if (isNew().length === 0)
          await new Promise<void>((resolve) => {
            wake = resolve;
            signal.addEventListener('abort', () => resolve(), { once: true });
          });
        if (told.trouble !== null) throw new QueueTrouble(told.trouble, `trouble: ${told.trouble}`);
        const found = isNew();
        shown = new Set([...shown, ...found.map(([handle]) => handle)]);
        return found.map(([handle, body]) => ({ handle, body }));
      },
      async remove(handle: string): Promise<void> {
        messages.delete(handle);
        removed.push(handle);
      },
      close() {},
    };
  };
  return {
    open,
    told,
    /** What it was opened with, each time. */
    lent,
    removed,
    /** How often it was asked for messages. */
    counted,
    waiting: () => messages.size,
    wake: () => wake(),
    send(message: unknown): void {
      messages.set(String(next++), typeof message === 'string' ? message : JSON.stringify(message));
      wake();
    },
  };
}

export async function startWorld() {
  const folder = mkdtempSync(join(tmpdir(), 'kt-agent-'));
  const stateDir = join(folder, 'state');
  const key = signingKey();
  const api = await startFakeApi([key.jwk]);
  const facts: Record<string, unknown>[] = [];
  const agents: Agent[] = [];
  const queue = memoryQueue();

  const enrolment = await enrol(stateDir);
  await enrolment.pin([key.jwk]);
  api.trust(enrolment.publicKey);

  return {
    folder,
    stateDir,
    key,
    api,
    queue,
    /** What was logged. */
    facts,
    enrolment,

    async start(
      target: Target,
      options: Partial<Omit<AgentOptions, 'outside'>> & { readonly outside?: Partial<Outside> } = {},
    ): Promise<Agent> {
      const { outside, ...rest } = options;
      const agent = await startAgent(
        {
          gatewayId: GATEWAY,
          apiUrl: api.url,
          token: TOKEN,
          stateDir,
          pinKeys: false,
          reconcileIntervalMs: 60_000,
          heartbeatIntervalMs: 60_000,
          staleness: null,
          log: { fact: (fact, fields = {}) => void facts.push({ fact, ...fields }) },
          ...rest,
          outside: {
            fetch,
            clock: systemClock,
            // The shortest pauses.
            random: () => 0,
            files: realFiles,
            openQueue: queue.open,
            ...outside,
          },
        },
        target,
      );
      agents.push(agent);
      return agent;
    },

    until: api.until,
    logged: (fact: string) => facts.filter((each) => each['fact'] === fact),

    /** Waits until the API has taken as many, and they are these: `applied 1`. */
    async receiptsAre(...states: string[]): Promise<void> {
      await api.until(`receipts ${states}`, () => api.receipts().length === states.length);
      expect(api.receipts().map(({ state, sequence }) => `${state} ${sequence}`)).toEqual(states);
    },

    /** As the control plane announces: the API has it, and the queue says so. */
    announce(sequence: number): Offer {
      const next = offer(key, { sequence });
      api.told.offer = next;
      queue.send(messageOf(next));
      return next;
    },

    stateOf: (name: string) => readFileSync(join(stateDir, name), 'utf8'),

    async close(): Promise<void> {
      for (const agent of agents) await agent.stop();
      await api.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
