/** What people run today, in small: a receiver that checks the signature, pulls a kept clone and copies the file. */
import { execFile } from 'node:child_process';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { copyFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { CLEAN_ENVIRONMENT } from '../../test/support/git-command.ts';
import { answerCalls } from './child.ts';

interface Setup {
  readonly url: string;
  readonly clone: string;
  readonly path: string;
  readonly copy: string;
  readonly secret: string;
}

const run = promisify(execFile);
const git = (...args: string[]) => run('git', args, { env: { ...CLEAN_ENVIRONMENT } });
let setup: Setup | undefined;

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const given = Buffer.from(String(request.headers['x-hub-signature-256'] ?? ''));
  const mac = createHmac('sha256', setup?.secret ?? '')
    .update(Buffer.concat(chunks))
    .digest('hex');
  const wanted = Buffer.from(`sha256=${mac}`);
  if (!setup || given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
    response.writeHead(401).end();
    return;
  }
  await git('-C', setup.clone, 'pull', '-q', '--ff-only');
  await copyFile(`${setup.clone}/${setup.path}`, setup.copy);
  response.writeHead(200).end();
});

const calls = {
  /** Clones, listens, and answers where. The answer to a push comes when the file is in place. */
  start: async (given: Setup) => {
    setup = given;
    await git('clone', '-q', given.url, given.clone);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
  },
};

export type PullCalls = typeof calls;
answerCalls(calls, async () => server.closeAllConnections());
