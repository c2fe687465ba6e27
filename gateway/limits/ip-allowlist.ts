/** `ip_allowlist`: from which networks a gateway may be called. */
import { BlockList, isIP } from 'node:net';

export function allowlistOf(cidrs: readonly string[]): (address: string | null) => boolean {
  const allowed = new BlockList();
  for (const cidr of cidrs) {
    const [network = '', bits = ''] = cidr.split('/');
    const family = isIP(network);
    // Lint looks at the form alone: what is no network lets nobody in.
    if (family !== 0) allowed.addSubnet(network, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  }
  return (address) => address !== null && allowed.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}
