/** Address guard: which network addresses a repository may live at. */
import { BlockList, isIP } from 'node:net';
import { Fault } from '../domain/fault.ts';

export interface AddressGuard {
  /** Whether we may connect to this address (an IPv4 or IPv6 literal; anything else is denied). */
  allows(address: string): boolean;
}

/** Not the public internet: IANA special-purpose registry (RFC 6890 and its successors). */
const DENIED_V4 = [
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // carrier-grade NAT, and Alibaba's metadata
  '127.0.0.0/8', // loopback, and the Lambda runtime API
  '168.63.129.16/32', // Azure's platform address
  '169.254.0.0/16', // link-local, and most metadata services
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments, and Oracle's metadata
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarking
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, broadcast
] as const;

/** Only global unicast is ever considered: loopback, ULA (with fd00:ec2::254), link-local and NAT64 are outside it. */
const GLOBAL_V6 = ['2000::/3'] as const;
const DENIED_V6 = [
  '2001::/23', // protocol assignments, Teredo, benchmarking, ORCHID
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4: any IPv4 address in disguise
  '3fff::/20', // documentation
] as const;

/** Denies everything but the public internet and `allowedNetworks` (CIDRs); throws a TypeError on a bad CIDR. */
export function addressGuard(allowedNetworks: readonly string[]): AddressGuard {
  const allowed = blockList(allowedNetworks);
  const denied = blockList([...DENIED_V4, ...DENIED_V6]);
  const global = blockList(GLOBAL_V6);
  return {
    allows: (address) => {
      const plain = unmapped(address);
      const family = isIP(plain) === 4 ? 'ipv4' : 'ipv6';
      if (isIP(plain) === 0) return false;
      if (allowed.check(plain, family)) return true;
      if (denied.check(plain, family)) return false;
      return family === 'ipv4' || global.check(plain, family);
    },
  };
}

/**
 * Refuses, before anything is stored, a repository URL whose host is an address or a name that can only mean this
 * machine. Names are looked up, and checked again, when a connection is made. Throws a `validation` fault.
 */
export function refuseDeniedHost(url: string, guard: AddressGuard): void {
  const host = bareHost(new URL(url).hostname);
  const addresses = isIP(host) ? [host] : isLocalName(host) ? ['127.0.0.1', '::1'] : [];
  if (addresses.length > 0 && !addresses.some((address) => guard.allows(address))) throw deniedAddress(host);
}

/** Says nothing about what the name resolved to: that would map the private network for the asker. */
export function deniedAddress(host: string): Fault {
  return new Fault(
    'validation',
    `${host} is at a private or reserved address, which this deployment does not connect to (GitAllowedNetworks names those it may)`,
  );
}

/** `[::1]` → `::1`; URL parsing has already turned decimal, octal and hex forms into dotted ones. */
export function bareHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

function isLocalName(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost');
}

/** An IPv4 address written as IPv6 (`::ffff:127.0.0.1`, `::ffff:7f00:1`) is judged as what it is. */
function unmapped(address: string): string {
  const plain = address.replace(/%.*$/, '');
  if (isIP(plain) !== 6) return plain;
  const canonical = bareHost(new URL(`http://[${plain}]/`).hostname);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical);
  if (!mapped?.[1] || !mapped[2]) return canonical;
  const value = Number.parseInt(mapped[1], 16) * 0x10000 + Number.parseInt(mapped[2], 16);
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix = ''] = network.split('/');
    const family = isIP(address);
    const bits = Number(prefix);
    const longest = family === 4 ? 32 : 128;
    if (family === 0 || !/^\d+$/.test(prefix) || bits > longest) {
      throw new TypeError(`not a network in CIDR form: ${JSON.stringify(network)}`);
    }
    list.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}
