/** Runs a gateway until it is told to stop. */
import type { Agent } from '../../gateway/agent/agent.ts';
import { realFiles } from '../../gateway/agent/files.ts';
import { safeFolder } from '../../gateway/agent/trust.ts';
import { newState } from '../../gateway/engine/state.ts';
import { type Gateway, type GatewayOptions, startGateway } from '../../gateway/proxy/gateway.ts';
import { type KeptState, keptState } from '../../gateway/proxy/kept-state.ts';
import type { ReloadOutcome } from '../../gateway/proxy/ports.ts';
import { jsonLog, type Log, standardOutput } from '../../lib/log.ts';
import { type FolderLock, lockFolder } from '../../local/lock.ts';
import type { Call } from '../action.ts';
import { allowedKinds } from '../allowed-kinds.ts';
import { clean } from '../clean.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { Failure } from '../failure.ts';
import { VERSION } from '../version.ts';
import { type Standing, standingOf, withGatewayToken } from './identity.ts';
import { type ListenAddress, parseListen } from './listen-address.ts';
import { startManaging } from './managing.ts';
import { overriddenUpstream } from './overridden-upstream.ts';
import { policyFileOf, rereading } from './policy-source.ts';
import { type Recording, startRecording } from './recording.ts';
import type { RunOptions } from './run-options.ts';
import { adminTokenOf, pricesOf } from './small-file.ts';
import { outliveReaders, untilTold } from './until-told.ts';

type Run = Call<RunOptions>;

/** Standard output is for decisions, standard error for everything else. */
export async function runGateway(given: Run): Promise<ExitCode> {
  const call = withGatewayToken(given);
  const file = policyFileOf(call.options);
  const address = parseListen(call.options.listen, call.options.port);
  const settings = await settingsOf(call);
  const standing = await standingOf(call);
  outliveReaders();
  const log = jsonLog(
    (line) => process.stderr.write(`${line}\n`),
    standing.identity ? { gateway: standing.identity.gatewayId } : {},
  );
  const kept = await keep(standing, call.options, log);
  try {
    const { recording, limits } = kept;
    const source = file === null ? null : rereading(file, () => gateway);
    const gateway = await listening(address, {
      ...settings,
      load: { ...settings.load, state: limits.state },
      reload: source,
      decided: recording.decided,
      promptHash: recording.promptHash,
      gauges: recording.gauges,
      log,
    });
    try {
      if (source) await firstLoad(source, file ?? '');
      return await serve(call, gateway, { log, again: () => void source?.().then(tellUnreadable(log)) });
    } finally {
      await gateway.stop(timerMs(call.options.stopTimeout));
    }
  } finally {
    await kept.stop();
  }
}

async function serve(
  call: Run,
  gateway: Gateway,
  { log, again }: { log: Log; again: () => void },
): Promise<ExitCode> {
  const told = untilTold(again);
  log.fact('gateway.started', { port: gateway.port, version: VERSION });
  const agent: Agent | null = call.options.managed ? await startManaging(call, gateway, log) : null;
  await told;
  log.fact('gateway.stopping', {});
  await Promise.all([agent?.stop(), gateway.stop(timerMs(call.options.stopTimeout))]);
  return EXIT.ok;
}

/** Nobody else does: there was nothing to load. */
const tellUnreadable = (log: Log) => (outcome: ReloadOutcome) => {
  if (outcome.kind === 'unreadable') log.fact('policy.unreadable', { why: outcome.why });
};

async function firstLoad(load: ReturnType<typeof rereading>, file: string): Promise<void> {
  const outcome = await load();
  if (outcome.kind === 'unreadable') throw new Failure(EXIT.unknown, `${clean(file)}: ${outcome.why}`);
  if (outcome.kind === 'refused')
    throw new Failure(EXIT.no, `${clean(file)} cannot be enforced`, outcome.reasons.map(clean));
}

async function settingsOf(call: Run) {
  const { options, environment } = call;
  const override = overriddenUpstream(call);
  return {
    failMode: options.failMode,
    maxConcurrency: options.maxConcurrency,
    adminToken: await adminTokenOf(call),
    version: VERSION,
    timeouts: {
      connectMs: timerMs(options.upstreamConnectTimeout),
      firstByteMs: timerMs(options.upstreamFirstByteTimeout),
      idleMs: timerMs(options.upstreamIdleTimeout),
      totalMs: timerMs(options.upstreamTotalTimeout),
    },
    load: {
      allowed: allowedKinds(options.allowUnenforced),
      allowUnreadable: options.allowUnreadable,
      environment: (name: string) => environment[name] || undefined,
      prices: await pricesOf(call),
      now: () => new Date(),
      ...(override ? { override } : {}),
    },
  };
}

async function listening(
  { host, port }: ListenAddress,
  options: Omit<GatewayOptions, 'host' | 'port'>,
): Promise<Gateway> {
  try {
    return await startGateway({ ...options, host, port });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : null;
    if (code === null) throw error;
    const why = code === 'EADDRINUSE' ? 'the port is taken' : code;
    throw new Failure(EXIT.unknown, `${host}:${port} cannot be listened on: ${why}`);
  }
}

/** A timer that is set for longer fires at once. */
const timerMs = (ms: number) => Math.min(ms, 2 ** 31 - 1);

interface Kept {
  readonly recording: Recording;
  readonly limits: Pick<KeptState, 'state'>;
  stop(): Promise<void>;
}

/** One gateway to a folder: an agent that is built in locks it itself. */
async function keep(standing: Standing, { logDecisions }: RunOptions, log: Log): Promise<Kept> {
  const { stateDir } = standing;
  const lock: FolderLock | null = stateDir === null ? null : await locked(stateDir);
  const limits =
    stateDir === null ? { state: newState(), stop: async () => {} } : await keptState(stateDir, log);
  const recording = await startRecording({ ...standing, logDecisions, out: standardOutput, log });
  return {
    recording,
    limits,
    async stop() {
      await recording.stop();
      await limits.stop();
      lock?.release();
    },
  };
}

async function locked(stateDir: string): Promise<FolderLock> {
  try {
    await safeFolder(realFiles, stateDir);
    return await lockFolder(stateDir, 'gateway');
  } catch (error) {
    throw new Failure(
      EXIT.unknown,
      error instanceof Error ? error.message : 'the state folder cannot be locked',
    );
  }
}
