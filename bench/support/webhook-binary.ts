/**
 * What people run today: the program `webhook` (https://github.com/adnanh/webhook), with a hook that checks GitHub's
 * signature, pulls a kept clone and copies the file.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CLEAN_ENVIRONMENT, git } from '../../test/support/git-command.ts';
import { pause, type Undo } from './run.ts';

export const HOW_TO_INSTALL = 'not measured: there is no `webhook` here (apt-get install webhook)';

export interface WebhookWish {
  readonly folder: string;
  readonly url: string;
  /** Of the tracked file in the repository. */
  readonly path: string;
  readonly secret: string;
}

export interface WebhookBinary {
  /** Where a push goes. The answer comes when the file is in place, or could not be put there. */
  readonly url: string;
  readonly copy: string;
}

const run = promisify(execFile);

/** `webhook version 2.8.0`, or null where it is not installed. */
export async function webhookVersion(): Promise<string | null> {
  try {
    return (await run('webhook', ['-version'])).stdout.trim();
  } catch {
    return null;
  }
}

export async function startWebhookBinary(wish: WebhookWish, undo: Undo): Promise<WebhookBinary> {
  await mkdir(wish.folder, { recursive: true });
  const clone = join(wish.folder, 'clone');
  const copy = join(wish.folder, 'copy.yaml');
  await git(wish.folder, ['clone', '-q', wish.url, clone]);
  const script = join(wish.folder, 'pull.sh');
  await writeFile(script, `#!/bin/sh\ngit pull -q --ff-only && cp '${wish.path}' '${copy}'\n`);
  await chmod(script, 0o755);
  const hooks = join(wish.folder, 'hooks.json');
  await writeFile(hooks, JSON.stringify([hookOf(script, clone, wish.secret)]));
  const port = await freePort();
  const args = ['-hooks', hooks, '-ip', '127.0.0.1', '-port', String(port)];
  const child = spawn('webhook', args, { stdio: 'ignore', env: { ...CLEAN_ENVIRONMENT } });
  const ended = once(child, 'exit');
  undo(async () => {
    child.kill();
    await ended;
  });
  const url = `http://127.0.0.1:${port}/hooks/pull`;
  await answers(url);
  return { url, copy };
}

/** Its output is asked for, so that the answer comes when the command has ended. */
const hookOf = (script: string, clone: string, secret: string) => ({
  id: 'pull',
  'execute-command': script,
  'command-working-directory': clone,
  'include-command-output-in-response': true,
  'trigger-rule': {
    match: {
      type: 'payload-hmac-sha256',
      secret,
      parameter: { source: 'header', name: 'X-Hub-Signature-256' },
    },
  },
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no port was given');
  return address.port;
}

async function answers(url: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    try {
      await (await fetch(url)).arrayBuffer();
      return;
    } catch {
      await pause(25);
    }
  }
  throw new Error('webhook did not start');
}
