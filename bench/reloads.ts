/** Reloads: a thousand versions, one after the other, under load that must not notice. `node bench/reloads.ts` */
import { createHash, randomUUID } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startGatewayProcess } from '../test/support/managed-gateway.ts';
import { startChild } from './support/child.ts';
import type { EchoCalls } from './support/echo-process.ts';
import { atLeast, atMost, median, percentile, plain } from './support/figures.ts';
import type { Answered, LoadCalls } from './support/load-process.ts';
import { type Bench, pause, runBench, timed, type Undo } from './support/run.ts';

interface Provider {
  readonly url: string;
  readonly ownWord: string;
}

const ADDRESS = 'somebody@example.com';
const RELOADS = 1000;
const PER_SECOND = 220;

export interface Trial {
  readonly reloadMs: readonly number[];
  readonly seconds: number;
  readonly answers: readonly Answered[];
  /** How many requests each version served. */
  readonly served: ReadonlyMap<number, number>;
  readonly failed: readonly Answered[];
  /** Judged by one version and answered by another, or by a version that the answer does not name. */
  readonly mixed: readonly Answered[];
  /** Versions for which the gateway recorded another number of decisions than it gave answers. */
  readonly misrecorded: readonly number[];
}

/** Every request must end as the one version that its answer names would have it end. */
export async function reloadUnderLoad(
  folder: string,
  { reloads, perSecond }: { reloads: number; perSecond: number },
  undo: Undo,
): Promise<Trial> {
  const echo = startChild<EchoCalls>(new URL('./support/echo-process.ts', import.meta.url));
  undo(() => echo.stop());
  const provider = await echo.calls.start(undefined);
  const load = startChild<LoadCalls>(new URL('./support/load-process.ts', import.meta.url));
  undo(() => load.stop());

  const file = join(folder, 'policy-config.yaml');
  const versions = new Map<string, number>();
  const write = async (version: number) => {
    const text = documentOf(version, provider);
    const hash = createHash('sha256').update(text).digest('hex');
    versions.set(hash, version);
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
    return hash;
  };
  await write(0);
  const admin = randomUUID();
  const gateway = await startGatewayProcess(['--policy-config', file, '--max-concurrency', '256'], {
    KEEPTRUSTS_GATEWAY_ADMIN_TOKEN: admin,
  });
  undo(() => gateway.kill());
  const { url } = gateway;

  const begun = performance.now();
  const prompt = `Write to ${ADDRESS} , please.`;
  await load.calls.start({ url: `${url}/v1/chat/completions`, prompt, perSecond });
  await pause(500);
  const reloadMs: number[] = [];
  for (let version = 1; version <= reloads; version++) {
    const hash = await write(version);
    reloadMs.push(await timed(() => reload(url, admin, hash)));
  }
  await pause(500);
  const answers = await load.calls.finish(undefined);
  const seconds = (performance.now() - begun) / 1000;
  await gateway.kill();

  const served = new Map<number, number>();
  const failed: Answered[] = [];
  const mixed: Answered[] = [];
  for (const answer of answers) {
    const version = versions.get(answer.contentHash ?? '');
    if (answer.status !== 200) failed.push(answer);
    else if (version === undefined || answer.text !== answerBy(version, provider.ownWord)) mixed.push(answer);
    else served.set(version, (served.get(version) ?? 0) + 1);
  }
  const misrecorded = [...versions]
    .filter(([hash, version]) => (gateway.decisions.get(hash) ?? 0) !== (served.get(version) ?? 0))
    .map(([, version]) => version);
  return { reloadMs, seconds, answers, served, failed, mixed, misrecorded };
}

async function reload(url: string, admin: string, hash: string): Promise<void> {
  const response = await fetch(`${url}/keeptrusts/config/reload`, {
    method: 'POST',
    headers: { authorization: `Bearer ${admin}` },
  });
  const body = (await response.json()) as { content_hash?: string };
  if (response.status !== 200 || body.content_hash !== hash)
    throw new Error(`the reload was answered with ${response.status} ${JSON.stringify(body)}`);
}

/**
 * Every part of a request's way has the version in it: what is redacted on the way in, the model that is asked for, and
 * what is rewritten on the way out. Every second version has no policy for answers: they flow as they come.
 */
function documentOf(version: number, { url, ownWord }: Provider): string {
  const model = `model-${version}`;
  const targets = [{ id: 'echo', provider: 'openai', model, base_url: url }];
  const policy = {
    'prompt-injection': {},
    'pii-detector': { redaction: { custom_markers: { email: `in-${version}` } } },
    'response-rewriter': { rules: [{ name: 'own', pattern: ownWord, replacement: `out-${version}` }] },
  };
  const pack = { name: 'reloads', version: `1.0.${version}`, enabled: true };
  const chain = isHeld(version) ? Object.keys(policy) : ['prompt-injection'];
  return JSON.stringify({ pack, policies: { chain }, policy, providers: { targets } });
}

const isHeld = (version: number) => version % 2 === 0;

/** What the reader of an answer must see. */
function answerBy(version: number, ownWord: string): string {
  const [given, said] = isHeld(version) ? [`in-${version}`, `out-${version}`] : [ADDRESS, ownWord];
  return `Write to ${given} , please. model-${version} ${said}`;
}

export const reloads: Bench = {
  title: `${RELOADS} reloads under ${PER_SECOND} requests/s`,
  minutes: 15,
  async measure(folder, undo) {
    const trial = await reloadUnderLoad(folder, { reloads: RELOADS, perSecond: PER_SECOND }, undo);
    const { answers, failed, misrecorded, mixed, reloadMs, seconds, served } = trial;
    const streamed = answers.filter((answer) => answer.streamed);
    const took = answers.map(({ ms }) => ms);
    for (const odd of [...failed, ...mixed].slice(0, 5)) console.log(odd);
    return [
      atMost('requests that failed', failed.length, 0, ''),
      atMost('requests judged by a mixture', mixed.length, 0, ''),
      atMost('versions with decisions not recorded', misrecorded.length, 0, ''),
      atLeast('requests per second', answers.length / seconds, 200, '/s'),
      plain('requests', answers.length, ''),
      plain('… of them streamed', streamed.length, ''),
      plain('versions that served any', served.size, ''),
      plain('reload p50', median(reloadMs), 'ms'),
      plain('reload p95', percentile(reloadMs, 0.95), 'ms'),
      plain('request p50', median(took), 'ms'),
      plain('request p99', percentile(took, 0.99), 'ms'),
    ];
  },
};

if (import.meta.main) await runBench(reloads);
