/** The file that a gateway reads, and how it is told that it is a new one, as the flags mean them. */
import { resolve } from 'node:path';
import { fileTarget } from '../../gateway/agent/file-target.ts';
import { realFiles } from '../../gateway/agent/files.ts';
import { policyFile } from '../../gateway/agent/policy-file.ts';
import { reloadByCommand } from '../../gateway/agent/reload/by-command.ts';
import { reloadByRequest } from '../../gateway/agent/reload/by-request.ts';
import { RELOAD_SIGNALS, reloadBySignal } from '../../gateway/agent/reload/by-signal.ts';
import { type Command as Program, runCommand } from '../../gateway/agent/reload/command.ts';
import { noReload, type Reload } from '../../gateway/agent/reload/reload.ts';
import { askStatusUrl } from '../../gateway/agent/reload/status-url.ts';
import type { Target } from '../../gateway/agent/target.ts';
import type { Log } from '../../lib/log.ts';
import { parseApiToken } from '../api-token.ts';
import { isOpen } from '../api-url.ts';
import { usage } from '../failure.ts';
import type { AgentFlags } from './agent-flags.ts';
import { stalenessOf } from './agent-options.ts';
import type { TargetFlags } from './target-flags.ts';
import { wordsOf } from './words.ts';

interface Surroundings {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
}

/** Throws a `Failure` for what cannot be right. */
export function targetOf(
  flags: TargetFlags & AgentFlags & { readonly insecure?: boolean },
  around: Surroundings,
): Target {
  const { log, cwd } = around;
  const elapsed = () => performance.now();
  const statusUrl = statusUrlOf(flags);
  return fileTarget({
    file: policyFile(realFiles, resolve(cwd, flags.write)),
    reload: reloadOf(flags, around),
    ask: statusUrl === null ? null : askStatusUrl(statusUrl, fetch),
    confirmMs: flags.confirmTimeout,
    elapsed,
    close: closeBy(flags, around),
    log,
  });
}

function reloadOf(
  flags: TargetFlags & { readonly insecure?: boolean },
  { cwd, environment, log }: Surroundings,
): Reload {
  const { reloadUrl, reloadSignal, reloadCommand, reloadTokenFile, reloadTimeout: timeoutMs } = flags;
  const given = [reloadUrl, reloadSignal, reloadCommand].filter((way) => way !== undefined);
  if (given.length > 1) throw usage('--reload-url, --reload-signal and --reload-command: give one of them');
  if (reloadTokenFile !== undefined && reloadUrl === undefined)
    throw usage('--reload-token-file: is for --reload-url, which is not given');
  if (reloadUrl !== undefined) {
    const url = parseUrl(reloadUrl, '--reload-url');
    if (reloadTokenFile !== undefined && isOpen(url) && !flags.insecure)
      throw usage(`--reload-url: ${url} is not https://: anybody on the way could read the token`);
    return reloadByRequest({ url, token: tokenFrom(reloadTokenFile, cwd), fetch, timeoutMs });
  }
  if (reloadSignal !== undefined) return reloadBySignal({ ...parseSignal(reloadSignal, cwd), ...SIGNALLING });
  if (reloadCommand === undefined) return noReload;
  const command = programOf(reloadCommand, '--reload-command', flags.shell);
  return reloadByCommand(command, { env: withoutOurs(environment), timeoutMs, log });
}

const SIGNALLING = {
  files: realFiles,
  kill: (pid: number, signal: NodeJS.Signals) => void process.kill(pid, signal),
  ownPid: process.pid,
};

/** A gateway of ours says what it runs beside where it is told to reload. */
function statusUrlOf({ statusUrl, reloadUrl }: TargetFlags): string | null {
  if (statusUrl !== undefined) return parseUrl(statusUrl, '--status-url');
  if (reloadUrl === undefined) return null;
  const url = parseUrl(reloadUrl, '--reload-url');
  return /\/keeptrusts\/config\/reload$/.test(url) ? url.replace(/\/reload$/, '') : null;
}

function closeBy(flags: TargetFlags & AgentFlags, { environment }: Surroundings): Target['failClosed'] {
  const { staleCommand, shell, reloadTimeout: timeoutMs } = flags;
  const failsClosed = stalenessOf(flags)?.whenStale === 'fail-closed';
  if (failsClosed && staleCommand === undefined)
    throw usage('--when-stale fail-closed: what makes the gateway refuse? Give --stale-command');
  if (!failsClosed && staleCommand !== undefined)
    throw usage('--stale-command: is for --when-stale fail-closed, which is not given');
  if (staleCommand === undefined) return async () => {};
  const { program, args } = programOf(staleCommand, '--stale-command', shell);
  return async (closed) => {
    const command = { program, args: [...args, closed ? 'closed' : 'open'] };
    const outcome = await runCommand(command, { env: withoutOurs(environment), timeoutMs });
    if (outcome.kind === 'done') return;
    throw new Error(outcome.why);
  };
}

/** What is added to the words of a shell is `$1` there. */
function programOf(text: string, option: string, shell: boolean): Program {
  if (shell) return { program: '/bin/sh', args: ['-c', text, 'sh'] };
  const [program, ...args] = wordsOf(text, option);
  return { program, args };
}

function parseUrl(text: string, option: string): string {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw usage(`${option}: is not an http:// or https:// URL without credentials`);
  return url.href;
}

function parseSignal(text: string, cwd: string) {
  const [, name, file = ''] = /^(?:SIG)?([A-Z0-9]+):(.+)$/.exec(text) ?? [];
  const found = RELOAD_SIGNALS.find((signal) => signal === name);
  if (!found)
    throw usage(
      `--reload-signal: is not a signal and a file, as in HUP:/run/gateway.pid; signals are ${RELOAD_SIGNALS.join(', ')}`,
    );
  return { name: found, pidFile: resolve(cwd, file) };
}

const MAX_TOKEN_BYTES = 8192;

function tokenFrom(file: string | undefined, cwd: string): () => Promise<string | null> {
  if (file === undefined) return async () => null;
  const path = resolve(cwd, file);
  return async () => {
    const bytes = await realFiles.read(path, MAX_TOKEN_BYTES);
    if (!bytes) throw new Error(`there is no ${path}`);
    return parseApiToken(Buffer.from(bytes).toString('utf8'), '--reload-token-file');
  };
}

/** A command need not know our tokens. */
function withoutOurs(environment: Surroundings['environment']): Readonly<Record<string, string>> {
  const kept = Object.entries(environment).filter(([name]) => !name.startsWith('KEEPTRUSTS_'));
  return Object.fromEntries(kept.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
