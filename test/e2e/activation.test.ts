/** Emergency activation: an operator against git, for a moment or for as long as a hold stands. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policy } from '../support/world.ts';
import { FILE, type Linked, type Loop, startLoop } from './loop.ts';

let loop: Loop;
beforeAll(async () => {
  loop = await startLoop();
});
afterAll(() => loop.close());

/** Version 2 is in force, version 1 is what an operator goes back to. */
async function withTwoVersions(id: string): Promise<Linked> {
  const one = await loop.linked(id);
  await one.push(200);
  await loop.cycle(one.linkId);
  expect(await one.reload()).toMatchObject({ manifest: { number: 2 } });
  return one;
}

const activate = ({ configuration }: Linked, version: number | string, body: object = {}) =>
  loop.stack.call('POST', `${configuration}/versions/${version}/activate`, body);

async function eventsOf({ id }: Linked, type: string) {
  return (await loop.stack.call('GET', `/v1/events?type=${type}&configuration_id=${id}`)).body.data;
}

describe('an emergency activation', () => {
  it('is in force and reloaded at once, and git takes it back on the next cycle', async () => {
    const one = await withTwoVersions('emergency');
    const answer = await activate(one, 1, { reason: 'limit too high' });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ active_version: { number: 1 }, hold: null });
    expect(await one.reload()).toMatchObject({ manifest: { number: 1 } });
    expect((await eventsOf(one, 'version.activated')).at(-1)).toMatchObject({
      actor: expect.stringMatching(/^token:/),
      detail: { reason: 'limit too high' },
    });
    await loop.cycle(one.linkId);
    expect(await one.reload()).toMatchObject({ manifest: { number: 2 } });
    expect(await one.versions()).toHaveLength(2);
  });

  it('takes the id of a version as well as its number, and reloads nobody for what is in force already', async () => {
    const one = await withTwoVersions('by-id');
    const [second] = await one.versions();
    expect((await activate(one, second.id)).body).toMatchObject({ active_version: { number: 2 } });
    expect(await one.isQuiet()).toBe(true);
    expect((await activate(one, 99)).status).toBe(404);
  });
});

describe('a hold', () => {
  it('keeps the version against git, new commits are recorded, and its end hands back', async () => {
    const one = await withTwoVersions('held');
    const held = await activate(one, 1, { reason: 'incident', hold: { minutes: 60 } });
    expect(held.body).toMatchObject({ active_version: { number: 1 }, hold: { reason: 'incident' } });
    expect(await one.reload()).toMatchObject({ manifest: { number: 1 } });
    await loop.cycle(one.linkId);
    await one.push(300);
    await loop.cycle(one.linkId);
    expect(await one.isQuiet()).toBe(true);
    expect(await one.versions()).toMatchObject([
      { number: 3, active: false },
      { number: 2, active: false },
      { number: 1, active: true },
    ]);

    // To the second, rather than for a minute at least: this one can be waited for.
    const until = new Date(Date.now() + 1500).toISOString();
    expect((await activate(one, 1, { reason: 'incident', hold: { until } })).body.hold.until).toBe(until);
    await loop.stack.stack.tick('poll');
    expect(await one.isQuiet()).toBe(true);
    expect(await one.reload()).toMatchObject({ manifest: { number: 3 } });
    expect(Date.now()).toBeGreaterThan(Date.parse(until));
    expect((await loop.stack.call('GET', one.configuration)).body.hold).toBeNull();
    expect((await eventsOf(one, 'hold.released')).at(-1)).toMatchObject({ detail: { why: 'expired' } });
  });

  it('that is lifted hands back at once', async () => {
    const one = await withTwoVersions('lifted');
    await activate(one, 1, { hold: { minutes: 1 } });
    expect(await one.reload()).toMatchObject({ manifest: { number: 1 } });
    expect((await loop.stack.call('DELETE', `${one.configuration}/hold`)).status).toBe(204);
    expect(await one.reload()).toMatchObject({ manifest: { number: 2 } });
    expect((await loop.stack.call('DELETE', `${one.configuration}/hold`)).status).toBe(404);
  });

  it('is settled by a revert commit, and nobody reloads', async () => {
    const one = await withTwoVersions('settled');
    await activate(one, 1, { hold: { minutes: 60 } });
    expect(await one.reload()).toMatchObject({ manifest: { number: 1 } });
    await one.repository.commit({ [FILE]: policy({ id: 'settled' }) }, { message: 'Revert "200"' });
    await loop.cycle(one.linkId);
    const { body } = await loop.stack.call('GET', one.configuration);
    expect(body).toMatchObject({ hold: null, active_version: { number: 3 }, head_version: { number: 3 } });
    expect(await one.isQuiet()).toBe(true);
    const { id, token } = one.gateway;
    const announced = await loop.stack.call('GET', `/v1/gateways/${id}/configuration`, undefined, token);
    expect(announced.body.manifest).toMatchObject({ number: 3, content_hash: body.content_hash });
  });
});
