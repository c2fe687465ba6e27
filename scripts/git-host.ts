/**
 * `npm run git-host`: a git host on this machine, to try the loop with. Whoever reaches it may read and push; it listens
 * on loopback only. `KT_GIT_PORT` (default 3000; 0 for any), `KT_DATA_DIR` (`.kt`; repositories are below `git/` in it).
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { dirname, join, resolve } from 'node:path';
import { LOOPBACK, listen } from '../local/net.ts';
import { signedDelivery } from '../test/support/deliveries.ts';
import { CLEAN_ENVIRONMENT, git, gitExecPath } from '../test/support/git-command.ts';

const FIRST = 'you/policies.git';
const REPOSITORY = /^\/((?:[\w-][\w.-]*\/)*[\w-][\w.-]*\.git)(?:\/|$)/;
/** Open for pushes, and for reading a part, as the large hosts are. */
const SETTINGS = {
  'http.receivepack': true,
  'uploadpack.allowFilter': true,
  'uploadpack.allowAnySHA1InWant': true,
};

const folder = resolve(process.env['KT_DATA_DIR'] ?? '.kt', 'git');
const backend = join(await gitExecPath(), 'git-http-backend');
await ensureRepository(join(folder, FIRST));

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    response.destroy();
  });
});
const port = await listen(server, Number(process.env['KT_GIT_PORT'] ?? 3000)).catch((error: Error) => {
  console.error(`the git host did not start: ${error.message}; KT_GIT_PORT chooses another port`);
  process.exit(1);
});
const url = `http://${LOOPBACK}:${port}`;
console.log(`
A git host with one repository: ${url}/${FIRST}

To have it deliver a webhook after each push, as Gitea does, say where to and with which secret
(both are in the answer to POST /v1/git-repos):

  git -C ${join(folder, FIRST)} config webhook.url <url>
  git -C ${join(folder, FIRST)} config webhook.secret <secret>

Ctrl-C ends it; the repository stays.
`);

async function ensureRepository(dir: string): Promise<void> {
  if (existsSync(dir)) return;
  await mkdir(dirname(dir), { recursive: true, mode: 0o700 });
  await git(dirname(dir), ['init', '--quiet', '--bare', '--initial-branch=main', dir]);
  for (const [name, value] of Object.entries(SETTINGS)) await git(dir, ['config', name, String(value)]);
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const name = REPOSITORY.exec(path)?.[1] ?? '';
  const dir = join(folder, name);
  if (name === '' || !existsSync(dir))
    return void response.writeHead(404).end('there is no such repository\n');
  const isPush = request.method === 'POST' && path.endsWith('/git-receive-pack');
  const before = isPush ? await branches(dir) : null;
  await runBackend(request, response, { path, query });
  if (before) await deliver(name, dir, before);
}

/** git's own HTTP server is a CGI program: the request in its environment and input, the answer on its output. */
async function runBackend(
  request: IncomingMessage,
  response: ServerResponse,
  { path, query }: { path: string; query: string },
): Promise<void> {
  const header = (name: string) => String(request.headers[name] ?? '');
  const env = {
    ...CLEAN_ENVIRONMENT,
    GIT_PROJECT_ROOT: folder,
    GIT_HTTP_EXPORT_ALL: '1',
    GIT_PROTOCOL: header('git-protocol'),
    PATH_INFO: path,
    QUERY_STRING: query,
    REQUEST_METHOD: request.method ?? '',
    REMOTE_ADDR: LOOPBACK,
    CONTENT_TYPE: header('content-type'),
    ...(header('content-length') && { CONTENT_LENGTH: header('content-length') }),
    ...(header('content-encoding') && { HTTP_CONTENT_ENCODING: header('content-encoding') }),
  };
  const child = spawn(backend, [], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => {}); // git may stop reading early
  request.pipe(child.stdin);
  response.once('close', () => child.kill());
  let head: Buffer | null = Buffer.alloc(0);
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    if (head === null) {
      response.write(chunk);
      continue;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) continue;
    writeHead(response, head.toString('latin1', 0, end));
    response.write(head.subarray(end + 4));
    head = null;
  }
  response.end();
}

function writeHead(response: ServerResponse, head: string): void {
  for (const line of head.split('\r\n')) {
    const [name = '', ...value] = line.split(': ');
    if (name.toLowerCase() === 'status') response.statusCode = Number.parseInt(value.join(': '), 10);
    else response.setHeader(name, value.join(': '));
  }
}

/** Full ref → commit. */
async function branches(dir: string): Promise<ReadonlyMap<string, string>> {
  const lines = await git(dir, ['for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads']);
  return new Map(
    lines.split('\n').flatMap((line): [string, string][] => {
      const [ref, commit] = line.split(' ');
      return ref && commit ? [[ref, commit]] : [];
    }),
  );
}

async function deliver(name: string, dir: string, before: ReadonlyMap<string, string>): Promise<void> {
  const now = await branches(dir);
  const setting = (key: string) => git(dir, ['config', '--default', '', '--get', key]);
  const [to, secret] = [await setting('webhook.url'), await setting('webhook.secret')];
  for (const ref of new Set([...before.keys(), ...now.keys()])) {
    const [old, tip] = [before.get(ref) ?? null, now.get(ref) ?? null];
    if (old === tip) continue;
    console.log(`${name}: ${ref} is ${tip ?? 'gone'}`);
    if (to === '') continue;
    const { headers, body } = signedDelivery('gitea', secret, {
      refs: [{ ref, before: old, after: tip }],
      repositoryUrl: `${url}/${name}`,
      deliveryId: randomUUID(),
    });
    const outcome = await fetch(to, {
      method: 'POST',
      headers: Object.entries(headers).flatMap(([key, value]): [string, string][] =>
        value ? [[key, value]] : [],
      ),
      body: Buffer.from(body),
    }).then(
      async (reply) => `${reply.status} ${await reply.text()}`,
      (error: Error) => error.message,
    );
    console.log(`${name}: delivered to ${to}: ${outcome}`);
  }
}
