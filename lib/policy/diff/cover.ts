/** Cover: when an entry of a list makes another one superfluous. */
import { isIP } from 'node:net';
import type { ItemIndex } from './stance.ts';

/** The item among the others that covers this one; null when none does. */
export type Cover = (item: string, others: ItemIndex) => string | null;

/** Names of tools are short; what is longer is only compared as it is. */
const MAX_GLOB = 200;

/** `*` covers everything, `read_*` what begins like it. */
export const byWildcard: Cover = (item, others) => {
  if (item === '*') return null;
  if (item.length > MAX_GLOB) return others.has('*') ? '*' : null;
  for (let length = 0; length <= item.length; length++) {
    const glob = `${item.slice(0, length)}*`;
    if (glob !== item && others.has(glob)) return glob;
  }
  return null;
};

/** `10.0.0.0/8` covers `10.1.0.0/16`, and is the same as `10.0.0.1/8`. */
export const byNetwork: Cover = (item, others) => {
  const network = parseNetwork(item);
  if (!network) return null;
  const index = indexOf(others);
  for (const length of index.lengths) {
    if (length > network.length) continue;
    const found = index.networks.get(keyOf({ ...network, length }));
    if (found !== undefined) return found;
  }
  return null;
};

interface Network {
  readonly bits: 32 | 128;
  readonly address: bigint;
  readonly length: number;
}

interface NetworkIndex {
  readonly networks: ReadonlyMap<string, string>;
  readonly lengths: ReadonlySet<number>;
}

/** Lists are asked once for each item of the other list. */
const INDEXES = new WeakMap<ItemIndex, NetworkIndex>();

function indexOf(items: ItemIndex): NetworkIndex {
  const known = INDEXES.get(items);
  if (known) return known;
  const networks = new Map<string, string>();
  const lengths = new Set<number>();
  for (const item of items) {
    const network = typeof item === 'string' ? parseNetwork(item) : null;
    if (!network || typeof item !== 'string') continue;
    networks.set(keyOf(network), item);
    lengths.add(network.length);
  }
  const index = { networks, lengths };
  INDEXES.set(items, index);
  return index;
}

function keyOf({ bits, address, length }: Network): string {
  return `${bits}/${length}/${address >> BigInt(bits - length)}`;
}

/** Null for what is no network. */
function parseNetwork(text: string): Network | null {
  const [address = '', suffix = '', ...rest] = text.split('/');
  const version = isIP(address);
  const bits = version === 4 ? 32 : 128;
  if (version === 0 || rest.length > 0 || !/^\d{1,3}$/.test(suffix) || Number(suffix) > bits) return null;
  return { bits, address: version === 4 ? fromV4(address) : fromV6(address), length: Number(suffix) };
}

function fromV4(address: string): bigint {
  return address.split('.').reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n);
}

/** A zone (`%eth0`) is not part of the address, and an IPv4 tail is its last 32 bits. */
function fromV6(address: string): bigint {
  const [plain = ''] = address.split('%');
  const tail = /[\d.]+$/.exec(plain)?.[0] ?? '';
  const hex = tail.includes('.') ? `${plain.slice(0, -tail.length)}${inHex(fromV4(tail))}` : plain;
  const [head = '', rest] = hex.split('::');
  const [left, right] = [groupsOf(head), groupsOf(rest ?? '')];
  const zeros = rest === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right];
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

function inHex(address: bigint): string {
  return `${(address >> 16n).toString(16)}:${(address & 0xffffn).toString(16)}`;
}

function groupsOf(text: string): readonly string[] {
  return text === '' ? [] : text.split(':');
}
