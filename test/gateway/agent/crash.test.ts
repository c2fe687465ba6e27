import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAgent } from '../../../gateway/agent/agent.ts';
import { systemClock } from '../../../gateway/agent/clock.ts';
import { fileTarget } from '../../../gateway/agent/file-target.ts';
import { realFiles } from '../../../gateway/agent/files.ts';
import { policyFile } from '../../../gateway/agent/policy-file.ts';
import { enrol } from '../../../gateway/agent/registration.ts';
import { reloadByRequest } from '../../../gateway/agent/reload/by-request.ts';
import { sha256Hex } from '../../../lib/domain/ids.ts';
import { offer, signingKey } from './control.ts';
import { type Dying, FINISHED } from './dying-agent.ts';
import { GATEWAY, startFakeApi, TOKEN } from './fake-api.ts';
import { startFakeGateway } from './fake-gateway.ts';
import { memoryQueue } from './world.ts';

const CHILD = fileURLToPath(new URL('dying-agent.ts', import.meta.url));
const TOGETHER = 3;
/** More than there are. */
const MOST_STEPS = 150;

const key = signingKey();
const [one, two] = [offer(key, { sequence: 1 }), offer(key, { sequence: 2 })];

let folder: string;
let child: string;
let publicKey: string;
/** A gateway that runs the first version, and whose agent is stopped. */
let template: string;

interface Scene extends Awaited<ReturnType<typeof sceneIn>> {}

async function sceneIn(name: string) {
  const place = join(folder, name);
  const file = join(place, 'gateway', 'policy-config.yaml');
  const api = await startFakeApi([key.jwk]);
  api.trust(publicKey);
  const gateway = await startFakeGateway(file);
  return {
    api,
    gateway,
    file,
    stateDir: join(place, 'state'),
    async close() {
      await Promise.all([api.close(), gateway.close()]);
      rmSync(place, { recursive: true, force: true });
    },
  };
}

function start({ api, gateway, file, stateDir }: Scene) {
  const reload = reloadByRequest({ url: gateway.reloadUrl, token: async () => null, fetch, timeoutMs: 5000 });
  const target = fileTarget({
    file: policyFile(realFiles, file),
    reload,
    ask: null,
    confirmMs: 1000,
    elapsed: () => performance.now(),
    close: async () => {},
    log: { fact: () => {} },
  });
  const { open: openQueue } = memoryQueue();
  return startAgent(
    {
      gatewayId: GATEWAY,
      apiUrl: api.url,
      token: TOKEN,
      stateDir,
      pinKeys: false,
      reconcileIntervalMs: 25,
      heartbeatIntervalMs: 60_000,
      staleness: null,
      log: { fact: () => {} },
      outside: { fetch, clock: systemClock, random: () => 0, files: realFiles, openQueue },
    },
    target,
  );
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kt-crash-'));
  // Bundled, since it is started for every step.
  child = join(folder, 'dying-agent.mjs');
  const banner = { js: "import{createRequire as c}from'node:module';const require=c(import.meta.url);" };
  await build({
    entryPoints: [CHILD],
    outfile: child,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner,
  });
  const scene = await sceneIn('first');
  mkdirSync(join(folder, 'first', 'gateway'), { recursive: true });
  const enrolment = await enrol(scene.stateDir);
  await enrolment.pin([key.jwk]);
  publicKey = enrolment.publicKey;
  scene.api.trust(publicKey);
  scene.api.told.offer = one;
  const agent = await start(scene);
  await scene.api.until(
    'a receipt',
    () => scene.api.receipts().length === 1 && agent.status().receiptsWaiting === 0,
  );
  await agent.stop();
  template = join(folder, 'template');
  cpSync(join(folder, 'first'), template, { recursive: true });
  await scene.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function dieAt(
  at: number,
  { api, gateway, file, stateDir }: Scene,
): Promise<number | NodeJS.Signals | null> {
  const dying: Dying = { at, stateDir, file, apiUrl: api.url, reloadUrl: gateway.reloadUrl, sequence: 2 };
  const dead = spawn(process.execPath, [child, JSON.stringify(dying)], { env: {}, stdio: 'ignore' });
  const [code, signal] = await once(dead, 'exit');
  return signal ?? code;
}

/** Returns whether there was such a step. */
async function survives(at: number): Promise<boolean> {
  cpSync(template, join(folder, `step-${at}`), { recursive: true });
  const scene = await sceneIn(`step-${at}`);
  const { api, gateway, file, stateDir } = scene;
  try {
    api.told.offer = two;
    const end = await dieAt(at, scene);
    expect([FINISHED, 'SIGKILL']).toContain(end);

    expect([one.content, two.content], `the file after step ${at}`).toContain(readFileSync(file, 'utf8'));
    // Without the API first: what runs is what the agent knows to have been applied, and no less than was proved.
    const proved = Math.max(1, ...api.receipts().map(({ sequence }) => sequence));
    api.told.down = true;
    const agent = await start(scene);
    const { manifest } = agent.status();
    expect(manifest?.content_hash, `what runs after step ${at}`).toBe(sha256Hex(readFileSync(file)));
    expect(manifest?.sequence).toBeGreaterThanOrEqual(proved);
    api.told.down = false;
    await api.until(`version 2 after step ${at}`, () => agent.status().manifest?.sequence === 2);
    await api.until(
      `its receipt after step ${at}`,
      () => api.receipts().length > 0 && agent.status().receiptsWaiting === 0,
    );
    await agent.stop();

    expect(
      api.receipts().map(({ state, sequence }) => `${state} ${sequence}`),
      `after step ${at}`,
    ).toEqual(['applied 2']);
    expect(readFileSync(file, 'utf8')).toBe(two.content);
    expect(gateway.now.running === null || gateway.now.running === two.manifest.content_hash).toBe(true);
    expect(readdirSync(join(stateDir, 'receipts'))).toEqual([]);
    expect(readdirSync(stateDir)).not.toContain('applying.json');
    return end === 'SIGKILL';
  } finally {
    await scene.close();
  }
}

describe('an agent that is killed', () => {
  it('at any step leaves the old file or the new one, whole; goes on from there; and its receipt arrives once', async () => {
    let next = 1;
    let died = 0;
    let finished = false;
    const worker = async () => {
      while (!finished && next <= MOST_STEPS) {
        if (await survives(next++)) died++;
        else finished = true;
      }
    };
    await Promise.all(Array.from({ length: TOGETHER }, worker));
    expect(finished).toBe(true);
    expect(died).toBeGreaterThan(25);
    console.log(`killed at each of ${died} steps`);
  }, 120_000);
});
