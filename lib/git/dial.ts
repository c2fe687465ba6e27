/** Dial: a connection to a host, whose address is checked before and after it is made. */
import { lookup as systemLookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Fault } from '../domain/fault.ts';
import { type AddressGuard, bareHost, deniedAddress } from './address-guard.ts';

export interface Address {
  readonly address: string;
  readonly family: number;
}

/** Every address of a host name; rejects when there is none. */
export type Resolve = (hostname: string) => Promise<readonly Address[]>;

export interface Dialer {
  readonly guard: AddressGuard;
  readonly resolve: Resolve;
  readonly connectMs: number;
  /** PEM certificates trusted beside the system's; for self-hosted git hosts. */
  readonly certificateAuthorities: readonly string[];
}

export interface Destination {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

export const systemResolve: Resolve = (hostname) => systemLookup(hostname, { all: true });

/**
 * Nothing is written to a socket whose peer is at a denied address: names are filtered as they are resolved, literal
 * addresses (which node never looks up) before, and the peer's actual address once connected.
 */
export async function dial(destination: Destination, dialer: Dialer): Promise<Socket> {
  const host = bareHost(destination.host);
  if (isIP(host) && !dialer.guard.allows(host)) throw deniedAddress(host);
  const socket = await connected(host, destination.port, dialer);
  if (!destination.secure) return socket;
  return connectTls({
    socket,
    ALPNProtocols: ['http/1.1'],
    ...(isIP(host) ? { host } : { servername: host }),
    ...(dialer.certificateAuthorities.length > 0 ? { ca: [...dialer.certificateAuthorities] } : {}),
  });
}

function connected(host: string, port: number, dialer: Dialer): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host, port, noDelay: true, lookup: guardedLookup(host, dialer) });
    const late = () => socket.destroy(new Fault('network', `${host} did not accept a connection in time`));
    const timer = setTimeout(late, dialer.connectMs);
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      if (dialer.guard.allows(socket.remoteAddress ?? '')) return resolve(socket);
      socket.destroy();
      reject(deniedAddress(host));
    });
  });
}

/** Denied addresses are left out; a host with none left is refused. */
function guardedLookup(host: string, dialer: Dialer): LookupFunction {
  return (hostname, options, callback) => {
    dialer.resolve(hostname).then(
      (found) => {
        const allowed = found.filter(({ address }) => dialer.guard.allows(address));
        const [first] = allowed;
        if (!first) return callback(found.length > 0 ? deniedAddress(host) : unknownHost(host), '');
        if (options.all) callback(null, [...allowed]);
        else callback(null, first.address, first.family);
      },
      () => callback(unknownHost(host), ''),
    );
  };
}

function unknownHost(host: string): Fault {
  return new Fault('network', `the host name ${host} could not be resolved`);
}
