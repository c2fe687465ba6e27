/** Recording: where decisions go, and under which key prompts are hashed. */
import { join } from 'node:path';
import { postTo } from '../../gateway/events/post-events.ts';
import { keptPromptHash, type PromptHash, passingPromptHash } from '../../gateway/events/prompt-hash.ts';
import { Recorder } from '../../gateway/events/recorder.ts';
import { Spool } from '../../gateway/events/spool.ts';
import type { Gauge } from '../../gateway/proxy/telemetry/metrics.ts';
import type { Decision } from '../../lib/domain/decision.ts';
import type { Log } from '../../lib/log.ts';
import type { Standing } from './identity.ts';

const MAX_SPOOL_BYTES = 64 * 1024 * 1024;
const BATCH_MS = 1000;
/** To send what is left when the gateway ends. */
const FLUSH_MS = 5000;

export interface Recording {
  readonly promptHash: PromptHash;
  decided(decision: Decision): void;
  gauges(): readonly Gauge[];
  stop(): Promise<void>;
}

export interface RecordingOptions extends Standing {
  /** Each decision as a line; without a control plane in any case. */
  readonly logDecisions: boolean;
  readonly out: (line: string) => void;
  readonly log: Log;
}

export async function startRecording(options: RecordingOptions): Promise<Recording> {
  const { identity, stateDir, logDecisions, out, log } = options;
  const promptHash = stateDir === null ? passingPromptHash() : await keptPromptHash(stateDir);
  const print = (decision: Decision) => out(JSON.stringify({ ...decision, event_type: 'decision' }));
  if (!identity) return { promptHash, decided: print, gauges: () => [], stop: async () => {} };
  const spool = await Spool.open({
    folder: join(identity.stateDir, 'events'),
    maxBytes: MAX_SPOOL_BYTES,
    log,
    elapsed: () => performance.now(),
  });
  const post = postTo({ ...identity, fetch: (...request) => fetch(...request) });
  const recorder = new Recorder({ spool, post, batchMs: BATCH_MS, random: Math.random, log });
  return {
    promptHash,
    decided(decision) {
      recorder.add(decision);
      if (logDecisions) print(decision);
    },
    gauges: () => gaugesOf(recorder),
    stop: () => recorder.stop(FLUSH_MS),
  };
}

const gaugesOf = ({ dropped, sent, spooledBytes, waiting }: Recorder): readonly Gauge[] => [
  {
    name: 'keeptrusts_gateway_decisions_sent_total',
    type: 'counter',
    help: 'Decisions that the control plane has taken.',
    values: [[{}, sent]],
  },
  {
    name: 'keeptrusts_gateway_decisions_dropped_total',
    type: 'counter',
    help: 'Decisions that were given up: the spool was full, the disk took nothing, or the control plane would not have them.',
    values: [[{}, dropped]],
  },
  {
    name: 'keeptrusts_gateway_decisions_spool_bytes',
    help: 'Decisions on disk that wait to be sent.',
    values: [[{}, spooledBytes]],
  },
  {
    name: 'keeptrusts_gateway_decisions_unwritten',
    help: 'Decisions that are not on disk yet.',
    values: [[{}, waiting]],
  },
];
