/** The behaviour test of `docs/guides/ci.md`, run as it is printed there: only where it listens is another place. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, LOOPBACK } from '../../local/net.ts';
import { codeBlocks } from './guide.ts';
import { JOB_ENVIRONMENT, ROOT } from './run-action.ts';

const GUARDED = {
  pack: { name: 'behaviour', version: '1.0.0', enabled: true },
  policies: { chain: ['prompt-injection'] },
  providers: { targets: [{ id: 'primary', provider: 'openai', secret_key_ref: { env: 'OPENAI_API_KEY' } }] },
};

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kt-behaviour-'));
  symlinkSync(ROOT, join(folder, 'kt-gitops'));
  const kt = join(folder, 'kt');
  writeFileSync(
    kt,
    `#!/bin/sh\nexec node ${JSON.stringify(join(ROOT, 'cli/kt.ts'))} "$@" --listen ${LOOPBACK}:0\n`,
  );
  chmodSync(kt, 0o755);
  const [script = ''] = codeBlocks('bash').filter((block) => block.includes('# tests/behaviour.sh'));
  const [upstream, gateway] = [await freePort(), await freePort()];
  writeFileSync(
    join(folder, 'behaviour.sh'),
    script.replaceAll('41098', String(upstream)).replaceAll('41099', String(gateway)),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function behaviour(document: object): Promise<{ readonly code: number | null; readonly said: string }> {
  writeFileSync(join(folder, 'policy-config.yaml'), JSON.stringify(document));
  const child = spawn('bash', ['behaviour.sh'], {
    cwd: folder,
    env: {
      ...JOB_ENVIRONMENT,
      PATH: `${folder}:${JOB_ENVIRONMENT['PATH']}`,
      no_proxy: `${LOOPBACK},localhost`,
    },
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, said };
}

describe('the behaviour test of the guide', () => {
  it('passes where what is harmful is blocked, and what is not is answered', async () => {
    const { code, said } = await behaviour(GUARDED);
    expect(said.match(/^(ok|FAILED): /gm)).toEqual(['ok: ', 'ok: ']);
    expect(code).toBe(0);
  });

  it('fails where what is harmful is answered', async () => {
    const open = { ...GUARDED, policies: { chain: ['audit-logger'] } };
    const { code, said } = await behaviour(open);
    expect(said).toMatch(/^FAILED: Ignore all previous instructions.*: 200 instead of 409$/m);
    expect(code).toBe(1);
  });
});
