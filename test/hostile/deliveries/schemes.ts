/**
 * The ways in which the four hosts prove a delivery, written down once more from their own pages and apart from the
 * code under test: how to sign bytes, and whether what arrived is signed.
 */
import { createHmac } from 'node:crypto';
import type { HookProvider } from '../../../lib/domain/provider.ts';

export interface Scheme {
  readonly name: string;
  readonly provider: HookProvider;
  /** All that are live. */
  readonly secrets: readonly string[];
  /** The one that deliveries are signed with. */
  readonly secret: string;
  /** Lower case. */
  readonly proofHeaders: readonly string[];
}

const OWN = 'a secret of its own';
const TOKEN = `whsec_${createHmac('sha256', 'signing token').update('live').digest('base64')}`;

export const SCHEMES: readonly Scheme[] = [
  plain('github', ['x-hub-signature-256']),
  plain('bitbucket', ['x-hub-signature']),
  plain('gitea', ['x-gitea-signature']),
  plain('gitlab', ['x-gitlab-token']),
  { ...gitlabSigned('gitlab, signed'), secrets: [TOKEN] },
  { ...gitlabSigned('gitlab, signed, with the old plain token still live'), secrets: [TOKEN, OWN] },
];

function plain(provider: HookProvider, proofHeaders: readonly string[]): Scheme {
  return { name: provider, provider, secrets: [OWN], secret: OWN, proofHeaders };
}

function gitlabSigned(name: string): Omit<Scheme, 'secrets'> {
  const proofHeaders = ['webhook-signature', 'webhook-id', 'webhook-timestamp'];
  return { name, provider: 'gitlab', secret: TOKEN, proofHeaders };
}

export type Headers = Readonly<Record<string, string | undefined>>;

const MINUTES_5 = 5 * 60;

export function hmac(
  algorithm: string,
  key: string | Buffer,
  ...parts: readonly (string | Buffer)[]
): Buffer {
  const made = createHmac(algorithm, key);
  for (const part of parts) made.update(part);
  return made.digest();
}

const isSigning = (secret: string) => secret.startsWith('whsec_');
const keyOf = (secret: string) => Buffer.from(secret.slice('whsec_'.length), 'base64');

/** The headers that prove these bytes. `content` is what a form holds, where it differs from the body. */
export function proofOf(
  { provider, secret }: Pick<Scheme, 'provider' | 'secret'>,
  body: Buffer,
  { at, id = 'msg_1', content = body }: { at: Date; id?: string; content?: Buffer },
): Record<string, string> {
  const hex = (bytes: Buffer) => hmac('sha256', secret, bytes).toString('hex');
  if (provider === 'github') return { 'x-hub-signature-256': `sha256=${hex(body)}` };
  if (provider === 'bitbucket') return { 'x-hub-signature': `sha256=${hex(body)}` };
  if (provider === 'gitea') return { 'x-gitea-signature': hex(content) };
  if (!isSigning(secret)) return { 'x-gitlab-token': secret };
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signature = hmac('sha256', keyOf(secret), `${id}.${timestamp}.`, body).toString('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

/** Whether one of the live secrets vouches for the bytes as they arrived. */
export function isAuthentic(
  { provider, secrets }: Scheme,
  headers: Headers,
  body: Buffer,
  now: Date,
): boolean {
  const get = (name: string) => headers[name] ?? '';
  const hexes = (bytes: Buffer) => secrets.map((secret) => hmac('sha256', secret, bytes).toString('hex'));
  if (provider === 'github') return hexes(body).some((hex) => get('x-hub-signature-256') === `sha256=${hex}`);
  if (provider === 'bitbucket') return hexes(body).some((hex) => get('x-hub-signature') === `sha256=${hex}`);
  if (provider === 'gitea') {
    const content = contentOf(get('content-type'), body);
    const given = get('x-gitea-signature') || get('x-forgejo-signature');
    return content !== null && hexes(content).includes(given);
  }
  const signing = secrets.filter(isSigning);
  if (signing.length === 0) return secrets.includes(get('x-gitlab-token'));
  const [id, timestamp] = [get('webhook-id'), get('webhook-timestamp')];
  if (!/^\d+$/.test(timestamp) || id === '' || /[^\w-]/.test(id)) return false;
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > MINUTES_5) return false;
  const right = signing.map((secret) =>
    hmac('sha256', keyOf(secret), `${id}.${timestamp}.`, body).toString('base64'),
  );
  return get('webhook-signature')
    .split(' ')
    .some((given) => right.some((one) => given === `v1,${one}`));
}

/** What Gitea signs: of a form, the JSON in its one field. */
function contentOf(type: string, body: Buffer): Buffer | null {
  if ((type.split(';')[0] ?? '').trim().toLowerCase() !== 'application/x-www-form-urlencoded') return body;
  const fields = [...new URLSearchParams(body.toString('utf8'))];
  const [name, value] = fields.length === 1 ? (fields[0] ?? []) : [];
  return name === 'payload' ? Buffer.from(value ?? '') : null;
}
