/**
 * A real SSH server for tests: OpenSSH's `sshd` on 127.0.0.1 with keys of its own, for one user and `git-upload-pack`
 * of the repositories in its folder. Nothing is left behind after `close()`: no folder, no process, no socket.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Files, initRepository, type TestRepository } from './git-repository.ts';
import { HOST_CONFIG } from './git-server.ts';

export interface SshServer {
  readonly port: number;
  /** Who signs in. */
  readonly user: string;
  /** The host's keys as lines of `known_hosts`. */
  readonly knownHosts: string;
  /** `ssh-ed25519 AAAA…`, of each host key. */
  readonly hostKeys: readonly string[];
  /** What sshd wrote so far, at its most talkative. */
  log(): string;
  /** The protocol v2 commands that git was asked, oldest first. */
  commands(): Promise<readonly string[]>;
  /** Connections that sshd accepted so far. */
  connections(): number;
  createRepository(options?: SshRepositoryOptions): Promise<TestRepository>;
  /** Lets the key in. */
  authorize(publicKey: string): Promise<void>;
  /** Lets nobody in any more. */
  revokeAll(): Promise<void>;
  /** Ends every session and every idle connection, as a host that restarts. */
  hangUp(): void;
  close(): Promise<void>;
}

export interface SshRepositoryOptions {
  readonly files?: Files;
  readonly objectFormat?: 'sha1' | 'sha256';
  readonly config?: Readonly<Record<string, string>>;
}

export interface SshServerOptions {
  /** Types of its host keys; Ed25519 when absent. */
  readonly hostKeyTypes?: readonly ('ed25519' | 'ecdsa' | 'rsa')[];
  /** Refuses the variable that asks for version 2 of git's protocol. */
  readonly oldProtocol?: boolean;
  /** More lines of `sshd_config`. */
  readonly config?: readonly string[];
}

export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

const run = promisify(execFile);
const SSHD = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/opt/homebrew/sbin/sshd'].find((path) =>
  existsSync(path),
);
/** Where sshd keeps to itself before a sign-in, when it is run by root. */
const PRIVILEGE_SEPARATION = '/run/sshd';

export async function startSshServer(options: SshServerOptions = {}): Promise<SshServer> {
  if (!SSHD) throw new Error('these tests need OpenSSH’s sshd: apt-get install openssh-server');
  if (process.getuid?.() === 0) await mkdir(PRIVILEGE_SEPARATION, { recursive: true, mode: 0o755 });
  const root = await mkdtemp(join(tmpdir(), 'kt-ssh-'));
  const trace = join(root, 'trace');
  const types = options.hostKeyTypes ?? ['ed25519'];
  const hostKeys = await Promise.all(types.map((type) => makeKey(join(root, `host-${type}`), ['-t', type])));
  const authorized = join(root, 'authorized_keys');
  await writeFile(authorized, '');
  const port = await freePort();
  const config = join(root, 'sshd_config');
  await writeFile(
    config,
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      ...types.map((type) => `HostKey ${join(root, `host-${type}`)}`),
      `AuthorizedKeysFile ${authorized}`,
      'PidFile none',
      'UsePAM no',
      'StrictModes no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      'LogLevel DEBUG1',
      'MaxStartups 100',
      `SetEnv GIT_TRACE_PACKET=${trace} GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1`,
      ...(options.oldProtocol ? [] : ['AcceptEnv GIT_PROTOCOL']),
      ...(options.config ?? []),
      '',
    ].join('\n'),
  );
  const logFile = join(root, 'log');
  const child = await started(SSHD, config, logFile, port);
  const log = () => textOf(logFile);
  // The one that found out whether it listens.
  const connections = () => log().split('Connection from ').length - 1;
  const before = connections();
  const { username: user } = userInfo();
  let repositories = 0;
  const lines = hostKeys.map(({ publicKey }) => publicKey.split(' ').slice(0, 2).join(' '));
  return {
    port,
    user,
    hostKeys: lines,
    knownHosts: lines.map((line) => `[127.0.0.1]:${port} ${line}\n`).join(''),
    log,
    commands: async () => {
      const text = await readFile(trace, 'utf8').catch(() => '');
      return [...text.matchAll(/(?:upload-pack|serve)< command=(\S+)/g)].map(([, name = '']) => name);
    },
    connections: () => connections() - before,
    createRepository: async ({ files, config: more = {}, ...rest } = {}) => {
      const name = `repository-${++repositories}.git`;
      const dir = join(root, 'repositories', name);
      await mkdir(dirname(dir), { recursive: true });
      const repository = await initRepository(
        { name, dir, url: `ssh://${user}@127.0.0.1:${port}${dir}`, clones: join(root, 'clones') },
        { ...rest, config: { ...HOST_CONFIG, ...more } },
        { current: dir },
      );
      if (files) await repository.commit(files);
      return repository;
    },
    authorize: (publicKey) => appendFile(authorized, publicKey),
    revokeAll: () => writeFile(authorized, ''),
    hangUp: () => {
      for (const [, pid] of log().matchAll(/Forked child (\d+)\./g)) kill(Number(pid));
    },
    close: async () => {
      const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
      for (const [, pid] of log().matchAll(/Forked child (\d+)\./g)) kill(Number(pid));
      if (child.exitCode === null && child.kill('SIGTERM')) await ended;
      await rm(root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** With `ssh-keygen`, as people make them. */
export async function newKeyPair(...options: readonly string[]): Promise<KeyPair> {
  const folder = await mkdtemp(join(tmpdir(), 'kt-key-'));
  try {
    return await makeKey(join(folder, 'key'), options.length > 0 ? options : ['-t', 'ed25519']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function makeKey(file: string, options: readonly string[]): Promise<KeyPair> {
  const passphrase = options.includes('-N') ? [] : ['-N', ''];
  await run('ssh-keygen', ['-q', '-C', 'kt-test', ...passphrase, '-f', file, ...options]);
  return {
    privateKey: await readFile(file, 'utf8'),
    publicKey: await readFile(`${file}.pub`, 'utf8'),
  };
}

/** Its log goes to a file: on its standard error it would also reach whoever runs a command. */
async function started(sshd: string, config: string, log: string, port: number): Promise<ChildProcess> {
  const child = spawn(sshd, ['-D', '-E', log, '-f', config], { stdio: 'ignore', env: {} });
  const ended = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('close', () => reject(new Error(`sshd ended at once: ${textOf(log).slice(-500)}`)));
  });
  ended.catch(() => {});
  await Promise.race([listening(port), ended]);
  return child;
}

async function listening(port: number): Promise<void> {
  for (;;) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.unref();
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await setTimeout(20);
  }
}

function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** Sshd does not say which port it chose, so it is told one that is free. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || !address) throw new Error('no free port');
  return address.port;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
