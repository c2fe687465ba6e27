import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { HookProvider } from '../../lib/domain/provider.ts';
import type { Delivery } from '../../lib/providers/delivery.ts';
import { readDelivery } from '../../lib/providers/read-delivery.ts';
import { signedDelivery, signingToken } from '../support/deliveries.ts';
import { HOOK_PROVIDERS, NOW } from './real-deliveries.ts';

const SECRET = 'a secret of its own';
const SIGNATURE_HEADER = {
  github: 'x-hub-signature-256',
  gitlab: 'x-gitlab-token',
  bitbucket: 'x-hub-signature',
  gitea: 'x-gitea-signature',
} as const satisfies Record<HookProvider, string>;

async function kindOf(provider: HookProvider, delivery: Delivery, secrets: readonly string[] = [SECRET]) {
  return (await readDelivery(provider, delivery, secrets, NOW)).kind;
}

function withHeaders(delivery: Delivery, headers: Record<string, string | undefined>): Delivery {
  return { ...delivery, headers: { ...delivery.headers, ...headers } };
}

describe.each(HOOK_PROVIDERS)('%s: a delivery is refused', (provider) => {
  const name = SIGNATURE_HEADER[provider];

  it('when the hook has no secret', async () => {
    for (const secrets of [[], [''], ['   '], ['', '\t']]) {
      expect(await kindOf(provider, signedDelivery(provider, 'x'), secrets)).toBe('refused');
    }
  });

  it('when it was signed with an empty secret and the hook has none', async () => {
    expect(await kindOf(provider, signedDelivery(provider, ''), [''])).toBe('refused');
    expect(await kindOf(provider, signedDelivery(provider, ''), ['', SECRET])).toBe('refused');
  });

  it('when its proof is absent or empty', async () => {
    for (const value of [undefined, '', ' ', 'sha256=', 'v1,', 'sha256', '=']) {
      const delivery = withHeaders(signedDelivery(provider, SECRET), { [name]: value });
      expect(await kindOf(provider, delivery)).toBe('refused');
    }
  });

  it('when its proof is shorter, longer, doubled, spaced or in another case', async () => {
    const delivery = signedDelivery(provider, SECRET);
    const proof = delivery.headers[name] ?? '';
    const games = [
      proof.slice(0, -1),
      proof.slice(1),
      `${proof}0`,
      `${proof},${proof}`,
      ` ${proof}`,
      proof.toUpperCase(),
    ];
    for (const value of games) {
      expect(await kindOf(provider, withHeaders(delivery, { [name]: value }))).toBe('refused');
    }
  });

  it('when its proof is that of another host, whatever other headers say', async () => {
    for (const other of HOOK_PROVIDERS.filter((host) => host !== provider)) {
      const { headers, body } = signedDelivery(other, SECRET);
      const stripped = Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));
      expect(await kindOf(provider, { headers: stripped, body })).toBe('refused');
    }
  });

  it('without repeating anything that was sent', async () => {
    const canary = 'canary-4711';
    const headers = { [name]: canary, 'x-github-event': canary, 'content-type': canary };
    const { body } = signedDelivery(provider, SECRET);
    expect(JSON.stringify(await readDelivery(provider, { headers, body }, [SECRET], NOW))).not.toContain(
      canary,
    );
  });
});

describe.each(['github', 'bitbucket', 'gitea'] as const)('%s: a signature is refused', (provider) => {
  const name = SIGNATURE_HEADER[provider];
  const delivery = signedDelivery(provider, SECRET);
  const hex = (algorithm: string, key: string = SECRET) =>
    createHmac(algorithm, key).update(delivery.body).digest('hex');

  it('when another algorithm made it', async () => {
    for (const algorithm of ['sha1', 'md5', 'sha512']) {
      for (const value of [`${algorithm}=${hex(algorithm)}`, `sha256=${hex(algorithm)}`, hex(algorithm)]) {
        expect(await kindOf(provider, withHeaders(delivery, { [name]: value }))).toBe('refused');
      }
    }
  });

  it('when the prefix names another algorithm than the one that made it', async () => {
    for (const prefix of ['sha1=', 'md5=', 'sha512=', 'SHA256=', 'v1,']) {
      expect(await kindOf(provider, withHeaders(delivery, { [name]: prefix + hex('sha256') }))).toBe(
        'refused',
      );
    }
  });
});

describe('GitHub', () => {
  it('accepts its own published example, and nothing near it', async () => {
    const secret = "It's a Secret to Everybody";
    const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    const headers = {
      'x-hub-signature-256': signature,
      'x-github-event': 'ping',
      'content-type': 'application/json',
    };
    const example = { headers, body: Buffer.from('Hello, World!') };
    expect(await kindOf('github', example, [secret])).toBe('ignored');
    expect(await kindOf('github', { headers, body: Buffer.from('Hello, World?') }, [secret])).toBe('refused');
    expect(await kindOf('github', example, [`${secret}!`])).toBe('refused');
  });

  it('does not take the SHA-1 signature that it also sends', async () => {
    const delivery = withHeaders(signedDelivery('github', SECRET), { 'x-hub-signature-256': undefined });
    expect(delivery.headers['x-hub-signature']).toMatch(/^sha1=/);
    expect(await kindOf('github', delivery)).toBe('refused');
  });

  it('refuses an empty body, even signed', async () => {
    const signature = `sha256=${createHmac('sha256', SECRET).update('').digest('hex')}`;
    const headers = { 'x-hub-signature-256': signature, 'x-github-event': 'push' };
    expect(await kindOf('github', { headers, body: new Uint8Array() })).toBe('refused');
  });
});

describe('Gitea', () => {
  it('does not take the GitHub headers that it also sends', async () => {
    const delivery = withHeaders(signedDelivery('gitea', SECRET), { 'x-gitea-signature': undefined });
    expect(delivery.headers['x-hub-signature-256']).toMatch(/^sha256=/);
    expect(await kindOf('gitea', delivery)).toBe('refused');
  });

  it('may sign as Forgejo', async () => {
    const { headers, body } = signedDelivery('gitea', SECRET);
    const asForgejo = { 'x-forgejo-event': 'push', 'x-forgejo-signature': headers['x-gitea-signature'] };
    const delivery = { headers: { 'content-type': 'application/json', ...asForgejo }, body };
    expect(await kindOf('gitea', delivery)).toBe('push');
  });
});

describe('GitLab with a signing token', () => {
  const token = signingToken('live');
  const signed = () => signedDelivery('gitlab', token, { at: NOW });

  it('refuses the token presented as a plain one', async () => {
    const delivery = withHeaders(signedDelivery('gitlab', 'x'), { 'x-gitlab-token': token });
    expect(await kindOf('gitlab', delivery, [token])).toBe('refused');
  });

  it('refuses a plain token that is live beside it: who leaked it could leave the signature out', async () => {
    expect(await kindOf('gitlab', signedDelivery('gitlab', 'static'), [token, 'static'])).toBe('refused');
    expect(await kindOf('gitlab', signed(), ['static', token])).toBe('push');
  });

  it('refuses a wrong signature beside a right plain token', async () => {
    const delivery = withHeaders(signedDelivery('gitlab', signingToken('other'), { at: NOW }), {
      'x-gitlab-token': 'static',
    });
    expect(await kindOf('gitlab', delivery, [token, 'static'])).toBe('refused');
  });

  it('accepts one right signature among several, as during a rotation', async () => {
    const right = signed().headers['webhook-signature'];
    const wrong = `v1,${Buffer.alloc(32).toString('base64')}`;
    for (const value of [`${wrong} ${right}`, `${right} ${wrong}`, `v1a,abc ${right}`]) {
      const delivery = withHeaders(signed(), { 'webhook-signature': value });
      expect(await kindOf('gitlab', delivery, [token])).toBe('push');
    }
  });

  it.each([-301, -3600, 301, 86_400])(
    'refuses a delivery signed %i seconds away from now',
    async (seconds) => {
      const at = new Date(NOW.getTime() + seconds * 1000);
      expect(await kindOf('gitlab', signedDelivery('gitlab', token, { at }), [token])).toBe('refused');
    },
  );

  it.each([-300, 0, 300])('accepts a delivery signed %i seconds away from now', async (seconds) => {
    const at = new Date(NOW.getTime() + seconds * 1000);
    expect(await kindOf('gitlab', signedDelivery('gitlab', token, { at }), [token])).toBe('push');
  });

  it('refuses any other id or time than the signed one, and odd ones even signed', async () => {
    for (const headers of [
      { 'webhook-id': 'msg_other' },
      { 'webhook-id': '' },
      { 'webhook-timestamp': String(NOW.getTime() / 1000 + 1) },
      { 'webhook-timestamp': '' },
      { 'webhook-timestamp': 'now' },
    ]) {
      expect(await kindOf('gitlab', withHeaders(signed(), headers), [token])).toBe('refused');
    }
    const dotted = signedDelivery('gitlab', token, { at: NOW, deliveryId: 'msg.1773480420' });
    expect(await kindOf('gitlab', dotted, [token])).toBe('refused');
  });

  it.each(['v1,', 'v1', 'v1, ', 'v2,', ',', 'v1a,'])('refuses the bare signature "%s"', async (value) => {
    expect(await kindOf('gitlab', withHeaders(signed(), { 'webhook-signature': value }), [token])).toBe(
      'refused',
    );
  });

  it.each(['whsec_', 'whsec_AAAA', 'whsec_not base64!', 'whsec_===='])(
    'lets nothing in with the unusable token "%s"',
    async (unusable) => {
      const delivery = signedDelivery('gitlab', unusable, { at: NOW });
      expect(await kindOf('gitlab', delivery, [unusable])).toBe('refused');
      expect(await kindOf('gitlab', withHeaders(delivery, { 'x-gitlab-token': unusable }), [unusable])).toBe(
        'refused',
      );
    },
  );
});
