/** SSH blobs: public keys as the protocol writes them (RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4). */
import { createHash } from 'node:crypto';

/** RSA below this can be broken with money; NIST SP 800-57 ended it in 2013. */
const LEAST_RSA_BITS = 2048;
/** RSA above this costs more than it gives: a signature takes eight times as long with every doubling. */
const MOST_RSA_BITS = 8192;

/** What a key proves an identity with. DSA is broken; keys on hardware tokens need a person at hand. */
const KEY_TYPES: ReadonlySet<string> = new Set([
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
]);

/** Length-prefixed pieces, read one after the other; null when one is cut off. */
export function blobReader(bytes: Buffer) {
  let at = 0;
  return {
    string(): Buffer | null {
      if (bytes.length - at < 4) return null;
      const end = at + 4 + bytes.readUInt32BE(at);
      if (end > bytes.length) return null;
      const piece = bytes.subarray(at + 4, end);
      at = end;
      return piece;
    },
    uint32(): number | null {
      if (bytes.length - at < 4) return null;
      at += 4;
      return bytes.readUInt32BE(at - 4);
    },
    ended: () => at === bytes.length,
  };
}

export function blob(...pieces: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat(
    pieces.flatMap((piece) => {
      const bytes = Buffer.from(piece);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}

/** The type of a public key; null when it is none. */
export function typeOfKey(key: Buffer): string | null {
  return blobReader(key).string()?.toString('latin1') ?? null;
}

/** Why a key of that kind is not accepted, from a host or for it; null when it is. */
export function weakness(key: Buffer): string | null {
  const type = typeOfKey(key) ?? '';
  if (!KEY_TYPES.has(type)) return `is of the type ${JSON.stringify(type.slice(0, 40))}`;
  if (type !== 'ssh-rsa') return null;
  const reader = blobReader(key);
  reader.string();
  reader.string();
  const bits = bitsOf(reader.string() ?? Buffer.alloc(0));
  return bits < LEAST_RSA_BITS || bits > MOST_RSA_BITS ? `is an RSA key of ${bits} bits` : null;
}

export const ACCEPTED_KEYS = `Ed25519, ECDSA, or RSA of ${LEAST_RSA_BITS} to ${MOST_RSA_BITS} bits`;

function bitsOf(number: Buffer): number {
  const digits = number.toString('hex').replace(/^0+/, '');
  return digits === ''
    ? 0
    : (digits.length - 1) * 4 + Number.parseInt(digits[0] ?? '0', 16).toString(2).length;
}

/** Of `ssh-ed25519 AAAA…`. */
export function fingerprintOfLine(line: string): string {
  return fingerprintOf(Buffer.from(line.split(' ')[1] ?? '', 'base64'));
}

/** As `ssh-keygen -l` shows it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}
