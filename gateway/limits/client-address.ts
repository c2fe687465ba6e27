/** The client's address: what the connection says, or what the proxies in front that are trusted say about it. */
import { isIP } from 'node:net';

/** More than any chain of proxies writes; what stands further left was written by the client. */
const MAX_FORWARDED_LENGTH = 4096;

/**
 * `depth` proxies in front are trusted, and each has added to the right of `X-Forwarded-For` whom it was called by: the
 * entry at that depth is the client, and what stands to the left of it is whatever the client claims. Where there are
 * fewer entries, the leftmost is what the outermost trusted proxy saw. Null when what stands there is no address.
 */
export function clientAddress(ip: string, forwardedFor: string | undefined, depth: number): string | null {
  if (depth === 0 || forwardedFor === undefined) return addressIn(ip);
  const entries = forwardedFor.slice(-MAX_FORWARDED_LENGTH).split(',');
  return addressIn(entries[Math.max(0, entries.length - depth)] ?? '');
}

/** In its usual form, without a port, brackets, or the IPv6 dress of an IPv4 address. */
function addressIn(text: string): string | null {
  const trimmed = text.trim();
  const withoutPort =
    /^\[([^\]]{2,100})\](?::\d{1,5})?$/.exec(trimmed)?.[1] ??
    /^([\d.]{7,15}):\d{1,5}$/.exec(trimmed)?.[1] ??
    trimmed;
  // The zone of a link-local address is nothing to anybody else.
  const bare = withoutPort.replace(/%.*$/s, '');
  const family = isIP(bare);
  if (family === 4) return bare;
  return family === 6 ? plainIpv6(bare) : null;
}

function plainIpv6(address: string): string {
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical);
  if (!mapped) return canonical;
  const [high, low] = [Number.parseInt(mapped[1] ?? '', 16), Number.parseInt(mapped[2] ?? '', 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** One subscriber has a /64 at the least, so whoever counts by address counts that as one. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = [...left, ...Array(8 - left.length - right.length).fill('0'), ...right];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
