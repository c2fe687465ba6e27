/** The branch is the truth: with no webhook, with an early or a late one, and when the repository is not as it should be. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256Hex as sha256 } from '../../lib/domain/ids.ts';
import { policy } from '../support/world.ts';
import { about, FILE, type Loop, startLoop } from './loop.ts';

let loop: Loop;
beforeAll(async () => {
  loop = await startLoop();
});
afterAll(() => loop.close());

describe('without a webhook', () => {
  it('a push becomes a version and a reload on the next cycle, and the cycle after that changes nothing', async () => {
    const one = await loop.linked('polled');
    const commit = await one.push(200);
    await loop.cycle(one.linkId);
    const content_hash = sha256(policy({ id: 'polled', limit: 200 }));
    expect(await one.reload()).toMatchObject({ manifest: { number: 2, commit, content_hash } });
    await loop.cycle(one.linkId);
    expect(await one.isQuiet()).toBe(true);
    expect(await one.versions()).toHaveLength(2);
  });

  it('a force-push back puts the old version in force again, under a higher sequence', async () => {
    const one = await loop.linked('forced');
    const first = await one.repository.tip();
    await one.push(200);
    await loop.cycle(one.linkId);
    const before = await one.reload();
    await one.repository.setBranch('main', first);
    await loop.cycle(one.linkId);
    const after = await one.reload();
    expect([before?.manifest.number, after?.manifest.number]).toEqual([2, 1]);
    expect(after?.manifest.sequence).toBeGreaterThan(before?.manifest.sequence ?? Number.NaN);
    expect(await one.versions()).toHaveLength(2);
  });

  it('a revert is a version of its own, with the older content', async () => {
    const one = await loop.linked('reverted');
    await one.push(200);
    await loop.cycle(one.linkId);
    await one.reload();
    await one.repository.commit({ [FILE]: policy({ id: 'reverted' }) }, { message: 'Revert "200"' });
    await loop.cycle(one.linkId);
    const content_hash = sha256(policy({ id: 'reverted' }));
    expect(await one.reload()).toMatchObject({ manifest: { number: 3, content_hash } });
    const [third, , first] = await one.versions();
    expect(third.content_hash).toBe(first.content_hash);
  });
});

describe('with a webhook', () => {
  it('that comes before the branch shows the push, the link is pending until the host has caught up', async () => {
    const one = await loop.linked('early', { provider: 'gitea' });
    await one.repository.freeze();
    const commit = await one.push(200);
    expect(await loop.deliver(one, commit)).toBe(202);
    const looks = () => loop.git.requests.filter(about(one.repository)).length;
    const before = looks();
    await loop.stack.until(one.link, () => looks() > before);
    const waiting = await loop.stack.until(one.link, ({ status }) => status === 'pending');
    expect(waiting.body).toMatchObject({ status: 'pending', error: null });
    expect(await one.versions()).toHaveLength(1);
    one.repository.thaw();
    expect(await one.reload()).toMatchObject({ manifest: { number: 2, commit } });
    const synced = await loop.stack.until(one.link, ({ status }) => status === 'synced');
    expect(synced.body.status).toBe('synced');
  });

  it('two pushes in a burst end with the later one', async () => {
    const one = await loop.linked('burst', { provider: 'gitea' });
    const [second, third] = [await one.push(200), await one.push(300)];
    expect(await Promise.all([loop.deliver(one, second), loop.deliver(one, third)])).toEqual([202, 202]);
    expect(await one.reload()).toMatchObject({ manifest: { commit: third } });
    await loop.stack.until(one.link, ({ status }) => status === 'synced');
    expect(await one.isQuiet()).toBe(true);
    expect(await one.active()).toMatchObject({ number: 2, commit: third });
  });

  it('deliveries out of order end with what the branch holds', async () => {
    const one = await loop.linked('unordered', { provider: 'gitea' });
    const second = await one.push(200);
    await loop.deliver(one, second);
    expect(await one.reload()).toMatchObject({ manifest: { commit: second } });
    const third = await one.push(300);
    await loop.deliver(one, third);
    await loop.deliver(one, second);
    expect(await one.reload()).toMatchObject({ manifest: { commit: third } });
    await loop.stack.until(one.link, ({ status }) => status === 'synced');
    expect(await one.isQuiet()).toBe(true);
    expect(await one.active()).toMatchObject({ number: 3, commit: third });
    expect(await one.versions()).toHaveLength(3);
  });
});

describe('a repository that is not as it should be', () => {
  it('an invalid file leaves the last good version in force, and the link says where it is wrong', async () => {
    const one = await loop.linked('invalid');
    await one.repository.commit({
      [FILE]: policy({ id: 'invalid' }).replace('[spend-limit]', '[spend-limt]'),
    });
    await loop.cycle(one.linkId);
    const { body } = await loop.stack.call('GET', one.link);
    expect(body).toMatchObject({ status: 'error', error: { class: 'validation' } });
    expect(body.error.findings[0]).toMatchObject({ code: 'E001', severity: 'error', column: 11 });
    expect(body.error.findings[0].line).toBe(
      policy({ id: 'invalid' })
        .split('\n')
        .findIndex((line) => line.includes('chain')) + 1,
    );
    expect(await one.active()).toMatchObject({ number: 1 });
    expect(await one.isQuiet()).toBe(true);

    await one.push(200);
    await loop.cycle(one.linkId);
    expect(await one.reload()).toMatchObject({ manifest: { number: 2 } });
    expect((await loop.stack.call('GET', one.link)).body).toMatchObject({ status: 'synced', error: null });
  });

  it('a deleted file is an error, never an empty policy', async () => {
    const one = await loop.linked('deleted');
    await one.repository.commit({ other: 'x' }, { delete: [FILE] });
    await loop.cycle(one.linkId);
    expect((await loop.stack.call('GET', one.link)).body).toMatchObject({
      status: 'error',
      error: { class: 'not_found', message: expect.stringContaining(FILE) },
    });
    expect(await one.active()).toMatchObject({ number: 1 });
    expect(await one.isQuiet()).toBe(true);

    await one.push(100);
    await loop.cycle(one.linkId);
    expect((await loop.stack.call('GET', one.link)).body).toMatchObject({ status: 'synced', error: null });
    expect(await one.versions()).toHaveLength(1);
  });

  it('a repository that is gone is an error with the time of the next try, and recovers when it is back', async () => {
    const one = await loop.linked('gone');
    await one.push(200);
    loop.git.inject({ kind: 'answer', status: 404, body: 'Not Found' }, about(one.repository));
    await loop.cycle(one.linkId);
    const { body } = await loop.stack.call('GET', one.link);
    expect(body).toMatchObject({ status: 'error', error: { class: 'not_found' } });
    expect(Date.parse(body.error.next_try)).toBeGreaterThan(Date.now());
    expect(await one.active()).toMatchObject({ number: 1 });

    loop.git.calm();
    await loop.cycle(one.linkId);
    expect(await one.reload()).toMatchObject({ manifest: { number: 2 } });
    expect((await loop.stack.call('GET', one.link)).body).toMatchObject({ status: 'synced', error: null });
  });

  it('a revoked token is an error until a new one is given', async () => {
    const one = await loop.linked('revoked', { access_token: 'first-token', username: 'reader' });
    await one.push(200);
    const header = `Basic ${Buffer.from('reader:second-token').toString('base64')}`;
    const isRefused = about(one.repository);
    loop.git.inject(
      { kind: 'answer', status: 401 },
      (request) => isRefused(request) && request.authorization !== header,
    );
    await loop.cycle(one.linkId);
    expect((await loop.stack.call('GET', one.link)).body).toMatchObject({
      status: 'error',
      error: { class: 'auth' },
    });
    expect(await one.active()).toMatchObject({ number: 1 });

    expect((await loop.stack.call('PATCH', one.link, { access_token: 'second-token' })).status).toBe(200);
    expect(await one.reload()).toMatchObject({ manifest: { number: 2 } });
    const synced = await loop.stack.until(one.link, ({ status }) => status === 'synced');
    expect(synced.body).toMatchObject({ status: 'synced', error: null });
    loop.git.calm();
  });
});
