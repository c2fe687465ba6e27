import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { HookProvider } from '../../lib/domain/provider.ts';
import type { Delivery } from '../../lib/providers/delivery.ts';
import { MAX_JSON_DEPTH } from '../../lib/providers/json.ts';
import { MAX_REFS } from '../../lib/providers/payload.ts';
import { readDelivery } from '../../lib/providers/read-delivery.ts';
import { type DeliveryOptions, signedDelivery } from '../support/deliveries.ts';
import { AFTER, BEFORE, HOOK_PROVIDERS, NOW } from './real-deliveries.ts';

const SECRET = 'a secret of its own';

function read(provider: HookProvider, delivery: Delivery) {
  return readDelivery(provider, delivery, [SECRET], NOW);
}

function readSigned(provider: HookProvider, options: DeliveryOptions) {
  return read(provider, signedDelivery(provider, SECRET, options));
}

/** The bytes as they are, signed. */
function signedBytes(provider: HookProvider, body: Uint8Array, type = 'application/json'): Delivery {
  const { headers } = signedDelivery(provider, SECRET);
  const hex = createHmac('sha256', SECRET).update(body).digest('hex');
  const proof = {
    'x-hub-signature-256': `sha256=${hex}`,
    'x-hub-signature': `sha256=${hex}`,
    'x-gitea-signature': hex,
  };
  return { headers: { ...headers, ...proof, 'content-type': type }, body };
}

describe.each(HOOK_PROVIDERS)('an authentic delivery from %s is malformed', (provider) => {
  it.each(['1', '"s"', 'null', '[]', 'true', '', '{', '{}', '{"ref":1}'])(
    'when its payload is %s',
    async (json) => {
      if (json === '' && provider === 'github') return;
      const verdict = await read(provider, signedBytes(provider, Buffer.from(json)));
      expect(verdict).toMatchObject({ kind: 'malformed', code: 400 });
    },
  );

  it('when its bytes are not UTF-8', async () => {
    const body = Buffer.concat([Buffer.from('{"ref":"'), Buffer.from([0xff, 0xc0, 0xaf]), Buffer.from('"}')]);
    const verdict = await read(provider, signedBytes(provider, body));
    expect(verdict).toEqual({ kind: 'malformed', why: 'the body is not valid UTF-8', code: 400 });
  });

  it('when it starts with a byte order mark, which is signed as sent', async () => {
    const body = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from('{}')]);
    const verdict = await read(provider, signedBytes(provider, body));
    expect(verdict).toMatchObject({ kind: 'malformed', why: expect.stringContaining('byte order mark') });
  });

  it.each([
    ['lists', '['],
    ['maps', '{"a":'],
    ['lists in a push', '{"ref":"refs/heads/main","x":['],
  ])('when it nests too deeply: %s', async (_, open) => {
    const verdict = await read(provider, signedBytes(provider, Buffer.from(open.repeat(100_000))));
    expect(verdict).toMatchObject({
      kind: 'malformed',
      why: expect.stringContaining(`${MAX_JSON_DEPTH} levels`),
    });
  });

  it.each(['text/plain', 'application/xml', '', 'multipart/form-data'])(
    'when its content type is "%s"',
    async (type) => {
      const { body } = signedDelivery(provider, SECRET);
      expect(await read(provider, signedBytes(provider, body, type))).toMatchObject({
        kind: 'malformed',
        code: 415,
      });
    },
  );

  it('when its repository is null, a list, a number or text', async () => {
    for (const wrong of [null, [], 3, 'acme/policies']) {
      const name = provider === 'gitlab' ? 'project' : 'repository';
      const push =
        provider === 'bitbucket'
          ? { push: { changes: [] } }
          : { ref: 'refs/heads/main', before: BEFORE, after: AFTER };
      const verdict = await readSigned(provider, { payload: { ...push, [name]: wrong } });
      expect(verdict.kind).toBe(provider === 'gitlab' && wrong === null ? 'push' : 'malformed');
    }
  });
});

describe('brackets inside JSON text', () => {
  it('are not nesting', async () => {
    const payload = {
      ...JSON.parse(Buffer.from(signedDelivery('github', SECRET).body).toString()),
      x: '"[{\\'.repeat(500),
    };
    expect((await readSigned('github', { payload })).kind).toBe('push');
  });
});

describe.each(['github', 'gitlab', 'gitea'] as const)('a push from %s', (provider) => {
  const push = { ref: 'refs/heads/main', before: BEFORE, after: AFTER, repository: { id: 1 } };

  it.each(['ref', 'after', 'before'])('that lacks `%s` is malformed, and says so', async (name) => {
    const payload = Object.fromEntries(Object.entries(push).filter(([key]) => key !== name));
    expect(await readSigned(provider, { payload })).toEqual({
      kind: 'malformed',
      why: `the payload needs \`${name}\``,
      code: 400,
    });
  });

  it.each(['main', 'HEAD', 'abc', `${AFTER}0`, AFTER.toUpperCase(), '--upload-pack=x', ''])(
    'is malformed when its commit is "%s"',
    async (after) => {
      expect((await readSigned(provider, { payload: { ...push, after } })).kind).toBe('malformed');
    },
  );

  it.each(['refs/heads/a b', 'refs/heads/a\nb', 'refs/heads/\u0000', `refs/heads/${'a'.repeat(2000)}`])(
    'is malformed when its ref cannot be one',
    async (ref) => {
      expect((await readSigned(provider, { payload: { ...push, ref } })).kind).toBe('malformed');
    },
  );

  it.each(['refs/pull/1/head', 'refs/notes/commits', 'refs/heads/', 'main', 'heads/main', 'REFS/HEADS/main'])(
    'is ignored when it moves no branch: %s',
    async (ref) => {
      expect((await readSigned(provider, { payload: { ...push, ref } })).kind).toBe('ignored');
    },
  );
});

describe('Bitbucket', () => {
  const repository = { uuid: '{1}', full_name: 'acme/policies' };
  const side = { type: 'branch', name: 'main', target: { hash: AFTER } };

  it.each([
    ['is not a list', { changes: {} }],
    ['is null', { changes: null }],
    ['is missing', {}],
    ['holds null', { changes: [null] }],
    ['holds an entry with neither side', { changes: [{ new: null, old: null }] }],
    ['holds a side that is a list', { changes: [{ new: [], old: null }] }],
    ['holds a branch without a target', { changes: [{ new: { type: 'branch', name: 'main' }, old: null }] }],
    ['holds too many refs', { changes: Array(MAX_REFS + 1).fill({ new: side, old: null }) }],
  ])('is malformed when the list of changes %s', async (_, push) => {
    expect((await readSigned('bitbucket', { payload: { push, repository } })).kind).toBe('malformed');
  });

  it('survives links that are lists or null, as its self-hosted sibling sends them', async () => {
    for (const links of [null, [], { clone: [] }, { html: null }, { html: { href: 1 } }]) {
      const payload = { push: { changes: [{ new: side, old: null }] }, repository: { ...repository, links } };
      expect(await readSigned('bitbucket', { payload })).toMatchObject({
        kind: 'push',
        repository: { urls: [] },
      });
    }
  });

  it('passes over what is neither a branch nor a tag', async () => {
    const payload = { push: { changes: [{ new: { ...side, type: 'bookmark' }, old: null }] }, repository };
    expect((await readSigned('bitbucket', { payload })).kind).toBe('ignored');
  });
});

describe('a delivery sent as a form', () => {
  const form = 'application/x-www-form-urlencoded';

  it.each(['gitlab', 'bitbucket'] as const)(
    'is answered 415 for %s, which has no such setting',
    async (provider) => {
      expect(await readSigned(provider, { form: true })).toMatchObject({ kind: 'malformed', code: 415 });
    },
  );

  it.each([
    '',
    'x=1',
    'payload',
    'payload=1',
    'x=1&payload=%7B%7D',
    'payload=%7B%7D&payload=%7B%7D',
    'payload=%FF',
    'payload=%7B%7D&more=1',
    'payload=%7B%7',
  ])('is malformed when the form is "%s"', async (text) => {
    if (text === '') return;
    expect((await read('github', signedBytes('github', Buffer.from(text), form))).kind).toBe('malformed');
  });

  it('cannot be made out of a JSON body by changing the content type', async () => {
    const hidden = JSON.stringify({
      ref: 'refs/heads/evil',
      before: BEFORE,
      after: AFTER,
      repository: { id: 1 },
    });
    const payload = { zen: `&payload=${encodeURIComponent(hidden)}&` };
    const { headers, body } = signedDelivery('github', SECRET, { payload });
    expect((await read('github', { headers: { ...headers, 'content-type': form }, body })).kind).toBe(
      'malformed',
    );
  });

  it('is not read out of a query string', async () => {
    const { headers } = signedDelivery('gitea', SECRET);
    expect((await read('gitea', { headers, body: new Uint8Array() })).kind).toBe('refused');
  });
});
