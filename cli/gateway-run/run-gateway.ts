/** Runs a gateway until it is told to stop. */
import { newState } from '../../gateway/engine/state.ts';
import { type Gateway, startGateway } from '../../gateway/proxy/gateway.ts';
import { jsonLog, type Log, standardOutput } from '../../lib/log.ts';
import { isKind, type Kind } from '../../lib/policy/kinds.ts';
import { MAX_DOCUMENT_BYTES } from '../../lib/policy/parse-tree.ts';
import type { Call } from '../action.ts';
import { clean } from '../clean.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { Failure, usage } from '../failure.ts';
import { readBounded } from '../lint/read-bounded.ts';
import { VERSION } from '../version.ts';
import { parseListen } from './listen-address.ts';
import { overriddenUpstream } from './overridden-upstream.ts';
import type { RunOptions } from './run-options.ts';

export async function runGateway(call: Call<RunOptions>): Promise<ExitCode> {
  const { options, environment } = call;
  const file = policyFile(options);
  const log = jsonLog(standardOutput);
  const override = overriddenUpstream(call);
  const bytes = await readPolicy(file);
  const gateway = await startGateway({
    ...parseListen(options.listen, options.port),
    failMode: options.failMode,
    maxConcurrency: options.maxConcurrency,
    timeouts: {
      connectMs: options.upstreamConnectTimeout * 1000,
      firstByteMs: options.upstreamFirstByteTimeout * 1000,
      idleMs: options.upstreamIdleTimeout * 1000,
      totalMs: options.upstreamTotalTimeout * 1000,
    },
    load: {
      allowed: kindsOf(options.allowUnenforced),
      environment: (name) => environment[name] || undefined,
      ...(override ? { override } : {}),
      state: newState(),
      now: () => new Date(),
    },
    log,
    version: VERSION,
  });
  const outcome = gateway.load(bytes, null);
  if (outcome.kind === 'refused') {
    await gateway.stop();
    throw new Failure(EXIT.no, `${clean(file)} cannot be enforced`, outcome.reasons.map(clean));
  }
  return untilStopped(gateway, log, () => reread(gateway, file, log));
}

/** How layered files are put together is not documented, and guessing would enforce something else. */
function policyFile({ policyConfig }: RunOptions): string {
  const [file, ...more] = policyConfig;
  if (file === undefined) throw usage('which policy document? Give it as --policy-config FILE');
  if (more.length > 0)
    throw usage('--policy-config: more than one was given, and how files are layered is not documented');
  return file;
}

async function readPolicy(file: string): Promise<Uint8Array> {
  const read = await readBounded(file, MAX_DOCUMENT_BYTES);
  if (read.kind === 'unreadable') throw new Failure(EXIT.unknown, `${clean(file)}: ${read.why}`);
  return read.bytes;
}

async function reread(gateway: Gateway, file: string, log: Log): Promise<void> {
  const read = await readBounded(file, MAX_DOCUMENT_BYTES);
  if (read.kind === 'unreadable') {
    log.fact('policy.unreadable', { why: read.why });
    return;
  }
  gateway.load(read.bytes, null);
}

function untilStopped(gateway: Gateway, log: Log, reload: () => Promise<void>): Promise<ExitCode> {
  log.fact('gateway.started', { url: gateway.url });
  return new Promise((resolve, reject) => {
    const onReload = () => void reload().catch(reject);
    const onStop = () => {
      for (const signal of STOPS) process.off(signal, onStop);
      process.off('SIGHUP', onReload);
      gateway.stop().then(() => resolve(EXIT.ok), reject);
    };
    const STOPS = ['SIGTERM', 'SIGINT'] as const;
    for (const signal of STOPS) process.on(signal, onStop);
    process.on('SIGHUP', onReload);
  });
}

function kindsOf(names: readonly string[]): ReadonlySet<Kind> {
  return new Set(
    names.map((name) => {
      if (isKind(name)) return name;
      throw usage(`--allow-unenforced: there is no kind ${JSON.stringify(clean(name))}`);
    }),
  );
}
