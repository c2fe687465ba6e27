/** SSH transport: `git-upload-pack` run on the host itself, over connections that are kept for a while. */
import { Fault } from '../domain/fault.ts';
import type { DeployKey, Repository } from '../domain/git.ts';
import type { Bounds } from './bounds.ts';
import { type Capabilities, readCapabilities } from './capabilities.ts';
import { credentialDigest, deployKeyOf, secretForms } from './credential.ts';
import type { Dialer } from './dial.ts';
import { packets } from './pkt-line.ts';
import { type SshAddress, sshAddress, uploadPackCommand } from './ssh-address.ts';
import { type GitChannel, gitChannel } from './ssh-channel.ts';
import { openLink, type SshLink } from './ssh-link.ts';
import { type SshPool, sshPool } from './ssh-pool.ts';
import { said } from './ssh-trouble.ts';
import type { Session, Transport } from './transport.ts';
import { HangUp } from './trouble.ts';

const OLD_PROTOCOL =
  'its SSH server must take the variable it is asked in (AcceptEnv GIT_PROTOCOL in sshd_config)';

export function sshTransport(dialer: Dialer, bounds: Bounds, now: () => number): Transport {
  const pool = sshPool(bounds.idleMs, now);
  const links = new Set<SshLink>();
  const connect = async (address: SshAddress, key: DeployKey, signal: AbortSignal) => {
    const link = await openLink(address, key, dialer, signal);
    links.add(link);
    link.closed.then(() => links.delete(link));
    return link;
  };
  return {
    open: (repository) => {
      const key = deployKeyOf(repository);
      if (!key)
        throw new Fault('auth', 'the link has no deploy key, and SSH is not read without; give it one');
      return session(repository, key, { pool, bounds, connect });
    },
    close: () => {
      pool.close();
      for (const link of links) link.destroy();
    },
  };
}

interface Means {
  readonly pool: SshPool;
  readonly bounds: Bounds;
  readonly connect: (address: SshAddress, key: DeployKey, signal: AbortSignal) => Promise<SshLink>;
}

/** The host tells what it can do whenever the command starts; what follows is asked of the same one, in turn. */
function session(repository: Repository, key: DeployKey, { pool, bounds, connect }: Means): Session {
  const base = new URL(repository.url);
  const address = sshAddress(repository.url);
  const command = uploadPackCommand(address);
  const secrets = secretForms(repository);
  const name = `${credentialDigest(repository)} ${base.host} ${address.user}`;
  const operation = AbortSignal.timeout(bounds.totalMs);
  const request = () => AbortSignal.any([operation, AbortSignal.timeout(bounds.requestMs)]);
  const refusal = (host: string, words: string) => said(host, words || 'without a reason', secrets);
  let current: { readonly link: SshLink; readonly channel: GitChannel } | null = null;

  /** What is asked first goes out before the host has said anything: one round trip less. */
  async function begin(first: Buffer | null, signal: AbortSignal): Promise<Capabilities> {
    current?.link.destroy();
    for (;;) {
      const kept = pool.take(name);
      const link = kept ?? (await connect(address, key, signal));
      try {
        const channel = gitChannel(await link.run(command, signal), link, { host: address.host, secrets });
        if (first) channel.ask(first);
        const lines = packets(channel.answer(bounds.advertisementBytes, signal));
        const capabilities = await readCapabilities(lines, {
          base,
          refusal: (words) => refusal(address.host, words),
          oldProtocol: OLD_PROTOCOL,
        });
        current = { link, channel };
        return capabilities;
      } catch (fault) {
        link.destroy();
        // Closed by the host while it was idle; asking again is safe, all we do is read.
        if (kept && fault instanceof HangUp) continue;
        throw fault;
      }
    }
  }

  return {
    bounds,
    refusal,
    discover: () => begin(null, request()),
    post: async (_base, body, limit) => {
      const signal = request();
      if (!current?.link.isOpen) await begin(body, signal);
      else current.channel.ask(body);
      if (!current) throw new HangUp(address.host);
      return current.channel.answer(limit, signal);
    },
    end: () => {
      if (!current?.link.isOpen) return;
      const { link, channel } = current;
      current = null;
      channel.end();
      pool.give(name, link);
    },
  };
}
