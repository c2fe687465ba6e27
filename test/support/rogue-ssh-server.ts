/** An SSH server that does what `sshd` never would: for the hosts that lie, stall and flood. On 127.0.0.1. */
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import ssh2, { type ServerChannel } from 'ssh2';

export interface RogueOptions {
  /** Whether a key lets one in. */
  readonly admits?: boolean;
  /** What a command does; it ends at once when absent. */
  readonly run?: (channel: ServerChannel, command: string) => void;
  /** Sent in place of an answer to the request for a command, if given. */
  readonly raw?: (wire: Wire) => void;
  /** Written in place of SSH, if given. */
  readonly speak?: (socket: Socket) => void;
  readonly algorithms?: ssh2.Algorithms;
}

/** Packets of the connection protocol (RFC 4254), to a channel by its number: a client's first is 0. */
export interface Wire {
  channelSuccess(channel: number): void;
  channelEOF(channel: number): void;
  channelData(channel: number, data: Buffer): void;
  channelExtData(channel: number, data: Buffer, type: 1): void;
}

export interface RogueSshServer {
  readonly port: number;
  readonly hostKey: string;
  /** What was tried, oldest first: `user method`. */
  readonly attempts: readonly string[];
  /** The hashes of the signatures that were made. */
  readonly signatures: readonly string[];
  readonly commands: readonly string[];
  /** Variables that were asked for before the last command. */
  readonly variables: Readonly<Record<string, string>>;
  connections(): number;
  close(): Promise<void>;
}

export async function startRogueSshServer(options: RogueOptions = {}): Promise<RogueSshServer> {
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
  });
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error || Array.isArray(parsed)) throw new Error('no host key');
  const attempts: string[] = [];
  const signatures: string[] = [];
  const commands: string[] = [];
  const variables: Record<string, string> = {};
  const sockets = new Set<Socket>();
  let connections = 0;
  const algorithms = options.algorithms ? { algorithms: options.algorithms } : {};
  const ssh = new ssh2.Server({ hostKeys: [privateKey], ...algorithms }, (client) => {
    client.on('error', () => {});
    client.on('authentication', (attempt) => {
      attempts.push(`${attempt.username} ${attempt.method}`);
      if (attempt.method === 'publickey' && attempt.signature) signatures.push(attempt.hashAlgo ?? 'sha1');
      if (options.admits ?? true) attempt.accept();
      else attempt.reject([], false);
    });
    client.on('session', (accept) => {
      const session = accept();
      session.on('env', (_accept, _reject, { key, val }) => {
        variables[key] = val;
      });
      session.on('exec', (run, _reject, { command }) => {
        commands.push(command);
        // The library offers no way to break its own rules.
        if (options.raw) return options.raw(Reflect.get(client, '_protocol') as Wire);
        const channel = run();
        channel.on('error', () => {});
        if (options.run) return options.run(channel, command);
        channel.exit(0);
        channel.end();
      });
    });
  });
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    if (options.speak) options.speak(socket);
    else ssh.injectSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('no port');
  return {
    port: address.port,
    hostKey: `${parsed.type} ${parsed.getPublicSSH().toString('base64')}`,
    attempts,
    signatures,
    commands,
    variables,
    connections: () => connections,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
