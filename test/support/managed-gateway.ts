/** A gateway as an operator starts one: registered with a folder of its own, and run by `kt`, in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { KT, ktEnvironment, runKt } from './kt.ts';

interface ControlPlane {
  readonly url: string;
  readonly adminToken: string;
}

export interface ManagedGateway {
  readonly id: string;
  readonly url: string;
  /** What a model's client gets. */
  ask(
    prompt: string,
  ): Promise<{ readonly status: number; readonly hash: string | null; readonly code?: string }>;
  /** When it says that it runs the document with this hash. */
  runs(contentHash: string): Promise<void>;
  /** Ends it; what it still had to say is read. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** The decisions that it wrote as lines, as one does without a control plane: how many by which document. */
  readonly decisions: ReadonlyMap<string, number>;
}

/** `upstream` stands in for the addresses of all targets. */
export async function startManagedGateway(
  { url: api, adminToken }: ControlPlane,
  { configurationId, stateDir, upstream }: { configurationId: string; stateDir: string; upstream: string },
): Promise<ManagedGateway> {
  const wish = ['--name', configurationId, '--configuration-id', configurationId, '--state-dir', stateDir];
  const created = await runKt(['gateway', 'create', ...wish, '--json'], {
    env: { KEEPTRUSTS_API_URL: api, KEEPTRUSTS_API_TOKEN: adminToken },
  });
  if (created.code !== 0) throw new Error(created.stderr);
  const { id } = JSON.parse(created.stdout) as { id: string };
  const gateway = await startGatewayProcess(['--managed', '--gateway-id', id, '--state-dir', stateDir], {
    KEEPTRUSTS_API_URL: api,
    KEEPTRUSTS_UPSTREAM_URL: upstream,
  });
  return { id, ...gateway };
}

/** `kt gateway run` with these arguments, once it listens. Throws with what it said when it ends instead. */
export async function startGatewayProcess(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Omit<ManagedGateway, 'id'>> {
  const child: ChildProcess = spawn(
    process.execPath,
    [KT, 'gateway', 'run', '--listen', '127.0.0.1:0', ...args],
    {
      env: ktEnvironment(environment),
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const ended = once(child, 'close');
  const die = () => child.kill('SIGKILL');
  process.once('exit', die);
  void ended.then(() => process.off('exit', die));

  const decisions = new Map<string, number>();
  createInterface({ input: child.stdout ?? process.stdin }).on('line', (line) => {
    const [, hash] = /"content_hash":"([^"]+)"/.exec(line) ?? [];
    if (hash !== undefined) decisions.set(hash, (decisions.get(hash) ?? 0) + 1);
  });

  const said: string[] = [];
  const loaded = new Set<string>();
  const waiting = new Map<string, () => void>();
  const started = new Promise<string>((resolve) => {
    const lines = createInterface({ input: child.stderr ?? process.stdin });
    lines.on('line', (line) => {
      if (said.push(line) > 100) said.shift();
      const [, port] = /"fact":"gateway\.started".*?"port":(\d+)/.exec(line) ?? [];
      if (port) resolve(`http://127.0.0.1:${port}`);
      const [, hash] = /"fact":"policy\.loaded".*?"content_hash":"([^"]+)"/.exec(line) ?? [];
      if (hash === undefined) return;
      loaded.add(hash);
      waiting.get(hash)?.();
    });
  });
  const url = await Promise.race([started, ended.then(() => null)]);
  if (url === null) throw new Error(`the gateway did not start:\n${said.join('\n')}`);

  return {
    url,
    decisions,
    async ask(prompt) {
      const response = await fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'any', messages: [{ role: 'user', content: prompt }] }),
      });
      const body = (await response.json()) as { error?: { code?: string } };
      const code = body.error?.code;
      const hash = response.headers.get('x-keeptrusts-content-hash');
      return { status: response.status, hash, ...(code === undefined ? {} : { code }) };
    },
    runs: (contentHash) =>
      loaded.has(contentHash)
        ? Promise.resolve()
        : new Promise((resolve) => waiting.set(contentHash, resolve)),
    async kill(signal = 'SIGTERM') {
      child.kill(signal);
      const late = setTimeout(die, 10_000);
      await ended;
      clearTimeout(late);
    },
  };
}
