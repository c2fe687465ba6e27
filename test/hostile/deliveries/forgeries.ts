/** Forgeries: an authentic delivery, changed by somebody who does not know the secret. */
import { createHash } from 'node:crypto';
import { deflateSync, gzipSync } from 'node:zlib';
import type { Random } from '../random.ts';
import { mutateJson, write } from './json-mutations.ts';
import { hmac, proofOf, SCHEMES, type Scheme } from './schemes.ts';

/** As it goes over the wire: names as sent, in order, perhaps more than once. */
export interface Sent {
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

type Forgery = (sent: Sent, scheme: Scheme, random: Random, at: Date) => Sent;

export function forge(sent: Sent, scheme: Scheme, random: Random, at: Date): Sent {
  let forged = sent;
  for (let left = 1 + random.below(3); left > 0; left--) {
    const [family] = [random.pick(FAMILIES)];
    forged = random.pick(family)(forged, scheme, random, at);
  }
  return forged;
}

const withBody =
  (change: (body: Buffer, random: Random) => Buffer): Forgery =>
  (sent, _, random) => ({
    ...sent,
    body: change(sent.body, random),
  });

function set(sent: Sent, name: string, value: string | null): Sent {
  const others = sent.headers.filter(([key]) => key.toLowerCase() !== name);
  return { ...sent, headers: value === null ? others : [...others, [name, value]] };
}

function get({ headers }: Sent, name: string): string {
  return headers.find(([key]) => key.toLowerCase() === name)?.[1] ?? '';
}

/** Changes one of the headers that prove the delivery. */
const inProof = (change: (value: string, random: Random, sent: Sent, scheme: Scheme) => string): Forgery => {
  return (sent, scheme, random) => {
    const name = random.pick(scheme.proofHeaders);
    return set(sent, name, change(get(sent, name), random, sent, scheme));
  };
};

function flipped(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  const at = random.below(Math.max(1, copy.length));
  copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
  return copy;
}

function spliced(bytes: Buffer, random: Random, between: Buffer, gone = 0): Buffer {
  const at = random.below(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), between, bytes.subarray(at + gone)]);
}

const BYTES: readonly Forgery[] = [
  withBody(flipped),
  withBody((body, random) => flipped(flipped(body, random), random)),
  withBody((body, random) => body.subarray(0, random.below(body.length + 1))),
  withBody((body, random) => body.subarray(random.below(body.length + 1))),
  withBody((body, random) =>
    Buffer.concat([
      body,
      random.pick([' ', '\n', '\0', '{}', '\r\n', '&payload=%7B%7D'].map((text) => Buffer.from(text))),
    ]),
  ),
  withBody((body) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body])),
  withBody((body, random) =>
    spliced(
      body,
      random,
      Buffer.from(random.pick([[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0x00]])),
    ),
  ),
  withBody((body, random) => spliced(body, random, Buffer.alloc(0), 1 + random.below(40))),
  withBody((body, random) => spliced(body, random, body.subarray(0, random.below(200)))),
  withBody((body) => Buffer.from(body.toString('latin1'), 'utf16le')),
  withBody((body) => Buffer.from(body.toString('base64'))),
  withBody((body) => Buffer.concat([body, body])),
  withBody(() => Buffer.alloc(0)),
  withBody((_, random) => Buffer.from('{"ref":"refs/heads/main"}'.repeat(random.below(3)))),
];

const PAYLOADS: readonly Forgery[] = [
  withBody((body, random) => {
    let payload = parsed(body);
    for (let left = 1 + random.below(3); left > 0; left--) payload = mutateJson(payload, random);
    return Buffer.from(write(payload));
  }),
  withBody((body) => Buffer.from(JSON.stringify(parsed(body), null, 2))),
  withBody((body) => Buffer.from(body.toString('utf8').replaceAll('refs/heads/main', 'refs/heads/release'))),
  withBody((body) => Buffer.from(body.toString('utf8').replaceAll('a'.repeat(40), 'e'.repeat(40)))),
];

/** Of a form, or of what a forgery before this one left: whatever it is. */
function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return { body: body.toString('latin1').slice(0, 500) };
  }
}

const ALGORITHMS = ['sha1', 'md5', 'sha384', 'sha512', 'sha3-256', 'blake2b512'];
const NOTHING = [
  '',
  ' ',
  'sha256=',
  'sha256',
  'sha1=',
  'v1,',
  'v1',
  'v1, ',
  ',',
  '=',
  'null',
  'undefined',
  '0',
  'true',
  '*',
];

const PROOFS: readonly Forgery[] = [
  (sent, scheme, random) => set(sent, random.pick(scheme.proofHeaders), null),
  inProof((_, random) => random.pick(NOTHING)),
  inProof((value, random) => flipped(Buffer.from(value, 'latin1'), random).toString('latin1')),
  inProof((value, random) => value.slice(0, random.below(value.length + 1))),
  inProof((value) => value.toUpperCase()),
  inProof((value) => value.replace(/[0-9a-f]{64}/, (hex) => hex.toUpperCase())),
  inProof((value, random) =>
    random.pick([` ${value}`, `${value} `, `${value}\t`, `"${value}"`, `${value}\u0000`, `\u00a0${value}`]),
  ),
  inProof(
    (value, random) => value + random.pick([',', ';', '0', `,${value}`, ` ${value}`, `;${value}`, '=', '#']),
  ),
  inProof((value, random) =>
    value.replace(
      /^[^=,]*[=,]?/,
      random.pick([
        'sha1=',
        'md5=',
        'sha512=',
        'SHA256=',
        'sha-256=',
        'hmac-sha256=',
        'v1,',
        'v2,',
        'v0,',
        'v1a,',
        '',
      ]),
    ),
  ),
  inProof((_, random, { body }, { secret }) => {
    const algorithm = random.pick(ALGORITHMS);
    const key = random.pick([
      '',
      ' ',
      '\0',
      secret.toUpperCase(),
      `${secret}\n`,
      secret.slice(0, -1),
      'secret',
    ]);
    const made = hmac(algorithm, key, body);
    return random.pick([
      `${algorithm}=${made.toString('hex')}`,
      `sha256=${made.toString('hex')}`,
      made.toString('hex'),
      `v1,${made.toString('base64')}`,
    ]);
  }),
  /** No key at all: the digest of the body alone. */
  inProof((_, random, { body }) => {
    const digest = createHash('sha256').update(body);
    return random.pick(['sha256=', '']) + digest.digest('hex');
  }),
  /** Sent twice, as proxies join them: the true one first, last, or in the middle. */
  (sent, scheme, random) => {
    const name = random.pick(scheme.proofHeaders);
    const wrong: [string, string] = [
      random.pick([name, name.toUpperCase()]),
      random.pick([`sha256=${'0'.repeat(64)}`, '', 'x', get(sent, name)]),
    ];
    return { ...sent, headers: random.chance(0.5) ? [wrong, ...sent.headers] : [...sent.headers, wrong] };
  },
  /** Two and many signatures in one header, none of them right. */
  (sent, _, random) => {
    const one = () => `v1,${hmac('sha256', String(random.below(1e9)), sent.body).toString('base64')}`;
    return set(sent, 'webhook-signature', Array.from({ length: random.pick([2, 17, 200]) }, one).join(' '));
  },
  /** Signed as it should be, with a secret that is not live. */
  (sent, scheme, random, at) => {
    const secret = random.pick([
      '',
      ' ',
      'x',
      `${scheme.secret}x`,
      scheme.secret.slice(1),
      scheme.secret.toUpperCase(),
      'whsec_',
      'whsec_AAAA',
      `whsec_${'A'.repeat(44)}`,
      'null',
      'undefined',
      '[object Object]',
    ]);
    const proof = Object.entries(proofOf({ provider: scheme.provider, secret }, sent.body, { at }));
    return proof.reduce((made, [name, value]) => set(made, name, value), sent);
  },
  /** The id, the time and the body, with the seams between them moved. */
  (sent, _, random) => {
    const [id, time] = [get(sent, 'webhook-id'), get(sent, 'webhook-timestamp')];
    const [newId, newTime] = random.pick([
      [`${id}.${time}`, time],
      [id, `${time}.`],
      [id, `${time}.${sent.body.toString('latin1', 0, 12)}`],
      [`${id}.`, time],
      [id, `0${time}`],
      [id, `+${time}`],
      [id, `${time}.0`],
      [id, `${Number(time) + random.below(3) - 1}`],
      [id, '9'.repeat(random.pick([12, 13, 400]))],
    ] as const);
    return set(set(sent, 'webhook-id', newId), 'webhook-timestamp', newTime);
  },
  /** GitLab's plain token without the signature, or beside a wrong one. */
  (sent, { secrets }, random) => {
    const token = random.pick([...secrets.filter((secret) => !secret.startsWith('whsec_')), 'x', '']);
    const bare = random.chance(0.5)
      ? set(set(set(sent, 'webhook-signature', null), 'webhook-id', null), 'webhook-timestamp', null)
      : set(sent, 'webhook-signature', 'v1,AAAA');
    return set(bare, 'x-gitlab-token', token);
  },
];

const HEADERS: readonly Forgery[] = [
  /** What another host would send for these bytes, with the right secret under the wrong name. */
  (sent, scheme, random, at) => {
    const other = random.pick(SCHEMES.filter(({ provider }) => provider !== scheme.provider));
    const stripped = scheme.proofHeaders.reduce((made, name) => set(made, name, null), sent);
    const proof = Object.entries(
      proofOf({ provider: other.provider, secret: scheme.secret }, sent.body, { at }),
    );
    return proof
      .filter(([name]) => !scheme.proofHeaders.includes(name))
      .reduce((made, [name, value]) => set(made, name, value), stripped);
  },
  (sent, _, random) =>
    set(
      sent,
      random.pick(['x-github-event', 'x-gitlab-event', 'x-event-key', 'x-gitea-event', 'x-forgejo-event']),
      random.pick([
        null,
        '',
        'push',
        'ping',
        'Push Hook',
        'repo:push',
        '../x',
        'x'.repeat(5000),
        '__proto__',
      ]),
    ),
  (sent, _, random) =>
    set(
      sent,
      'content-type',
      random.pick([
        null,
        '',
        'application/json; charset=utf-16',
        'APPLICATION/JSON',
        'text/plain',
        'application/x-www-form-urlencoded',
        'application/x-www-form-urlencoded; charset=x',
        'multipart/form-data',
        ' application/json',
        'application/json, text/html',
        'application/octet-stream',
        'application/yaml',
      ]),
    ),
  (sent, _, random) =>
    set(sent, 'content-encoding', random.pick(['gzip', 'deflate', 'br', 'identity', 'x', 'gzip, gzip'])),
  (sent) => set({ ...sent, body: gzipSync(sent.body) }, 'content-encoding', 'gzip'),
  (sent) => set({ ...sent, body: deflateSync(sent.body) }, 'content-encoding', 'deflate'),
  (sent, _, random) =>
    set(sent, 'content-length', random.pick(['0', '-1', '1e9', '99999999999999999999', 'x', '5, 5'])),
  (sent, _, random) =>
    set(
      sent,
      random.pick([
        '__proto__',
        'constructor',
        'hasownproperty',
        'x-forwarded-for',
        'x-hub-signature',
        'x-hub-signature-256',
        'x-gogs-signature',
        'authorization',
        'cookie',
        'transfer-encoding',
        'expect',
      ]),
      random.pick(['x', '', 'sha256=', 'a=b; c=d', '127.0.0.1']),
    ),
  (sent, _, random) =>
    set(
      sent,
      random.pick([
        'x-github-delivery',
        'webhook-id',
        'idempotency-key',
        'x-request-uuid',
        'x-gitea-delivery',
      ]),
      random.pick(['', '1', '{"x":1}', '\u001b[31m', 'x'.repeat(9000)]),
    ),
  (sent, _, random) => ({ ...sent, headers: random.shuffled(sent.headers) }),
  (sent) => ({ ...sent, headers: sent.headers.map(([name, value]) => [name.toUpperCase(), value] as const) }),
  (sent, _, random) => ({ ...sent, headers: sent.headers.filter(() => !random.chance(0.3)) }),
  (sent, _, random) => ({
    ...sent,
    headers: sent.headers.map(
      ([name], i) =>
        [name, sent.headers[(i + 1 + random.below(3)) % sent.headers.length]?.[1] ?? ''] as const,
    ),
  }),
];

const FAMILIES = [BYTES, PAYLOADS, PROOFS, PROOFS, HEADERS] as const;
