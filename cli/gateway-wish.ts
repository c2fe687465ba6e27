/** A gateway as asked for on the command line, as the API wants it. */
import { readFileSync, statSync } from 'node:fs';
import { usage } from './failure.ts';
import { reasonOf } from './lint/read-bounded.ts';

export interface GatewayWishOptions {
  readonly name: string;
  readonly description?: string;
  readonly configurationId?: string;
  readonly label?: Readonly<Record<string, string>>;
  readonly publicKey?: string;
  readonly team?: string;
}

const MAX_KEY_BYTES = 16 * 1024;

export function gatewayWish({
  name,
  description,
  configurationId,
  label,
  publicKey,
  team,
}: GatewayWishOptions) {
  if (description !== undefined && label?.['description'] !== undefined)
    throw usage('--description is the label "description", and that is given too');
  return {
    name,
    configuration_id: configurationId,
    labels: { ...label, ...(description === undefined ? {} : { description }) },
    public_key: publicKey === undefined ? undefined : readKey(publicKey),
    team,
  };
}

/** A private key is refused before it leaves this machine. */
function readKey(file: string): string {
  const text = read(file);
  if (/PRIVATE KEY/.test(text)) throw usage(`--public-key: ${file} holds a private key; nothing was sent`);
  return text;
}

function read(file: string): string {
  try {
    if (statSync(file).size <= MAX_KEY_BYTES) return readFileSync(file, 'utf8');
  } catch (error) {
    throw usage(`--public-key: ${file} cannot be read: ${reasonOf(error)}`);
  }
  throw usage(`--public-key: ${file} is too large to be a key`);
}
