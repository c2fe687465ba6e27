/** Webhook: how long a git host waits for its answer, warm and cold, and what is loaded for it. `node bench/webhook.ts` */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildFunctions } from '../scripts/build.ts';
import { signedDelivery } from '../test/support/deliveries.ts';
import { policy } from '../test/support/world.ts';
import { atMost, type Figure, median, percentile, plain } from './support/figures.ts';
import { startBenchGit } from './support/git.ts';
import { type Bench, pause, runBench, timed } from './support/run.ts';
import { type BenchStack, type Linked, startBenchStack } from './support/stack.ts';

const WARM_UP = 30;
const RUNS = 300;
const COLD_RUNS = 15;
/** A push every so often: the runs they cause are part of what the machine does meanwhile. */
const BETWEEN_MS = 30;
const FILE = 'policy-config.yaml';
const COLD = fileURLToPath(new URL('./support/cold.mjs', import.meta.url));

export const webhook: Bench = {
  title: 'the webhook answers',
  minutes: 4,
  async measure(folder, undo) {
    const git = startBenchGit(undo);
    const stack = await startBenchStack(join(folder, 'stack'), undo);
    const { url } = await git.create({ name: 'hooked.git' });
    const after = await git.commit({ name: 'hooked.git', files: { [FILE]: policy({ id: 'hooked' }) } });
    const linked = await stack.link(url, FILE);
    await stack.announced('hooked', 1);

    const cold = await coldStarts(folder, stack, linked, after);
    const warm: number[] = [];
    for (let run = 0; run < WARM_UP + RUNS; run++) {
      const { sent, answered } = await stack.push(linked, after);
      if (run >= WARM_UP) warm.push(answered - sent);
      await pause(BETWEEN_MS);
    }
    const sizes = await buildFunctions(join(folder, 'functions'));
    const { webhook: size, ...others } = sizes;
    return [
      atMost('warm, p99', percentile(warm, 0.99), 50, 'ms'),
      plain('warm, p50', median(warm), 'ms'),
      atMost('process start to first answer', median(cold.whole), 250, 'ms'),
      plain('… of which an empty Node takes', median(cold.empty), 'ms'),
      atMost('bundle, webhook', size / 1024, 400, 'KB'),
      ...Object.entries(others).map(([name, bytes]) => plain(`bundle, ${name}`, bytes / 1024, 'KB')),
    ] satisfies Figure[];
  },
};

/** A new Node each time, which loads the bundle as Lambda does and answers one delivery. */
async function coldStarts(folder: string, stack: BenchStack, linked: Linked, after: string) {
  const { headers, body } = signedDelivery('github', linked.secret, {
    branch: 'main',
    after,
    repositoryUrl: linked.repositoryUrl,
  });
  const event = {
    headers,
    body: Buffer.from(body).toString('base64'),
    isBase64Encoded: true,
    pathParameters: { hookId: linked.hookUrl.slice(linked.hookUrl.lastIndexOf('/') + 1) },
  };
  const file = join(folder, 'event.json');
  await writeFile(file, JSON.stringify(event));
  const bundle = pathToFileURL(join(stack.functions, 'webhook/index.mjs')).href;
  const whole: number[] = [];
  const empty: number[] = [];
  for (let run = 0; run < COLD_RUNS; run++) {
    whole.push(await timed(() => answers([COLD, bundle, file], stack.environment.webhook, '202')));
    empty.push(await timed(() => answers(['-e', 'console.log("here")'], {}, 'here')));
  }
  return { whole, empty };
}

/** Until the process says `wanted`; then it is ended. */
async function answers(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  wanted: string,
): Promise<void> {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  let said = '';
  for await (const chunk of child.stdout) {
    said += String(chunk);
    if (said.includes(`\n${wanted}\n`) || said.startsWith(`${wanted}\n`)) break;
  }
  void ended.catch(() => {});
  child.kill();
  if (!said.includes(wanted)) throw new Error(`a fresh webhook said ${said}`);
}

if (import.meta.main) await runBench(webhook);
