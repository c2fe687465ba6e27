/** SSH link: a connection to a host that proved who it is, signed in with a deploy key. */
import type { Socket } from 'node:net';
import type { Client, ClientChannel, ConnectConfig, ParsedKey } from 'ssh2';
import { Fault } from '../domain/fault.ts';
import type { DeployKey } from '../domain/git.ts';
import { type Dialer, dial } from './dial.ts';
import { withoutSha1 } from './signing-key.ts';
import { knownHostName, type SshAddress } from './ssh-address.ts';
import { fingerprintOf } from './ssh-blob.ts';
import { guardChannels } from './ssh-channel-guard.ts';
import { connectionFault, keyRefused, late, unknownHostKey } from './ssh-trouble.ts';
import { HangUp, OverLimit } from './trouble.ts';
import { publishedHostKeys } from './well-known-hosts.ts';

export interface SshLink {
  readonly isOpen: boolean;
  /** How many commands were run, and how many of them have not ended. */
  readonly runs: number;
  readonly running: number;
  /** Runs a command; the channel is its input and output. */
  run(command: string, signal: AbortSignal): Promise<ClientChannel>;
  /** Why it ended, if it is known. */
  readonly failure: Fault | null;
  /** While nobody uses it, it keeps no process alive. */
  rest(): void;
  wake(): void;
  readonly closed: Promise<void>;
  destroy(): void;
}

/**
 * No SHA-1, no DSA, and nothing compressed: what inflates has no bound of ours. No group exchange either: the host
 * chooses the prime there, before it has proved who it is, and to look at one of 8,192 bits takes a minute.
 */
const ALGORITHMS = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group14-sha256',
    'diffie-hellman-group15-sha512',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group17-sha512',
    'diffie-hellman-group18-sha512',
  ],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
  compress: ['none'],
} as const satisfies ConnectConfig['algorithms'];

const HOST_KEY_ALGORITHMS = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
] as const;

/** Loaded with the first SSH link: a deployment without any does not pay for it at its start. */
const library = async () => (await import('ssh2')).default;

/** Throws a `Fault`; nothing is sent to a host, not even the user's name, before its key is known to be the right one. */
export async function openLink(
  address: SshAddress,
  key: DeployKey,
  dialer: Dialer,
  signal: AbortSignal,
): Promise<SshLink> {
  const { host, port } = address;
  const { Client, utils } = await library();
  const parsed = utils.parseKey(key.privateKey);
  if (parsed instanceof Error || Array.isArray(parsed))
    throw new Fault('auth', 'the stored private key cannot be read; give the link a new one');
  const socket = await dial({ host, port, secure: false }, dialer).catch((error: unknown) => {
    throw connectionFault(host, error);
  });
  return signIn(new Client(), socket, { address, key: withoutSha1(parsed), hostKeys: key.hostKeys }, signal);
}

interface SignIn {
  readonly address: SshAddress;
  readonly key: ParsedKey;
  readonly hostKeys: readonly string[] | null;
}

async function signIn(
  client: Client,
  socket: Socket,
  { address, key, hostKeys }: SignIn,
  signal: AbortSignal,
): Promise<SshLink> {
  const { host, user } = address;
  const pinned = (hostKeys ?? publishedHostKeys(knownHostName(address))).map(hostKey);
  let failure: Fault | null = null;
  let asked = false;
  const fail = (error: unknown) => {
    failure ??= signal.aborted ? late(host) : connectionFault(host, error);
    socket.destroy();
  };
  client.on('error', (error: Error & { level?: string }) => {
    const refused = error.level === 'client-authentication' && !(error.cause instanceof Fault);
    fail(error.cause ?? (refused ? keyRefused(host, user, fingerprintOf(key.getPublicSSH())) : error));
  });
  const closed = new Promise<void>((resolve) => client.once('close', resolve));
  const ready = new Promise<void>((resolve, reject) => {
    client.once('ready', resolve);
    client.once('close', () => reject(failure ?? connectionFault(host, null)));
  });
  const abort = () => fail(late(host));
  signal.addEventListener('abort', abort, { once: true });
  client.connect({
    sock: socket,
    username: user,
    readyTimeout: 0, // the signal's
    algorithms: { ...ALGORITHMS, serverHostKey: inOrderOf(pinned) },
    hostVerifier: (offered: Buffer) => {
      if (pinned.some(({ bytes }) => bytes.equals(offered))) return true;
      const expected = pinned.map(({ bytes }) => fingerprintOf(bytes));
      fail(unknownHostKey(host, fingerprintOf(offered), expected));
      return false;
    },
    // One key, and nothing else that would be tried without being asked for.
    authHandler: () => {
      if (asked) return false;
      asked = true;
      return { type: 'publickey', username: user, key };
    },
  });
  guardChannels(client, () => fail(new OverLimit(`${host} sends more than it is asked for`)));
  if (signal.aborted) abort();
  try {
    await ready;
  } finally {
    signal.removeEventListener('abort', abort);
  }
  return linkOf(client, socket, { host, closed, failure: () => failure, fail });
}

interface Connected {
  readonly host: string;
  readonly closed: Promise<void>;
  failure(): Fault | null;
  fail(why: Fault): void;
}

function linkOf(client: Client, socket: Socket, { host, closed, failure, fail }: Connected): SshLink {
  let runs = 0;
  let running = 0;
  return {
    closed,
    get runs() {
      return runs;
    },
    get running() {
      return running;
    },
    get isOpen() {
      return !socket.destroyed && socket.writable;
    },
    get failure() {
      return failure();
    },
    run: (command, signal) => {
      const accepted = new Promise<ClientChannel>((resolve, reject) => {
        runs += 1;
        const gone = () => reject(failure() ?? new HangUp(host));
        closed.then(gone);
        if (!socket.writable) return gone();
        // Git's protocol version is asked for as git itself does (git(1), GIT_PROTOCOL).
        client.exec(command, { env: { GIT_PROTOCOL: 'version=2' } }, (error, channel) => {
          if (error) return socket.destroyed ? gone() : reject(connectionFault(host, error));
          running += 1;
          channel.once('close', () => {
            running -= 1;
          });
          resolve(channel);
        });
      });
      const abort = () => fail(late(host));
      if (signal.aborted) abort();
      signal.addEventListener('abort', abort, { once: true });
      return accepted.finally(() => signal.removeEventListener('abort', abort));
    },
    rest: () => void socket.unref(),
    wake: () => void socket.ref(),
    destroy: () => void socket.destroy(),
  };
}

function hostKey(line: string) {
  const [type = '', key = ''] = line.split(' ');
  return { type, bytes: Buffer.from(key, 'base64') };
}

/** Those of the keys we know first, as OpenSSH does: a host with several would else show one we cannot judge. */
function inOrderOf(pinned: readonly { readonly type: string }[]) {
  const known = ({ type }: { readonly type: string }, algorithm: string) =>
    type === 'ssh-rsa' ? algorithm.startsWith('rsa-sha2-') : algorithm === type;
  const isKnown = (algorithm: string) => pinned.some((key) => known(key, algorithm));
  return [
    ...HOST_KEY_ALGORITHMS.filter(isKnown),
    ...HOST_KEY_ALGORITHMS.filter((algorithm) => !isKnown(algorithm)),
  ];
}
