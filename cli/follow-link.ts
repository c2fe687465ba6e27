/** Follow: wait until a link was looked at. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LINK, type Link } from './answers.ts';
import type { Answer, Api } from './api-client.ts';
import { EXIT } from './exit-code.ts';
import { Failure } from './failure.ts';

/** In milliseconds. */
interface Pace {
  readonly first: number;
  readonly longest: number;
  readonly askAgain: number;
}
const PACE: Pace = { first: 150, longest: 2000, askAgain: 5000 };

export const pathOf = (id: string) => `/v1/git-repos/${encodeURIComponent(id)}`;

export const askToLook = (api: Api, id: string): Promise<Answer<Link>> =>
  api.call('POST', `${pathOf(id)}/sync`, LINK, { body: {}, repeatable: true });

/**
 * From a link that was just asked to be looked at, to the link after that look. An error it had before is told from
 * one of the new look by the time of the next try alone. A look may be over before its first answer is read, and then
 * that time stands still: so the question is repeated, which costs the API one more look.
 */
export async function followLink(
  api: Api,
  asked: Answer<Link>,
  seconds: number,
  pace: Pace = PACE,
): Promise<Answer<Link>> {
  const { id } = asked.value;
  const end = Date.now() + seconds * 1000;
  let before = asked;
  let now = asked;
  let askAgainAt = Date.now() + pace.askAgain;
  for (
    let pause = pace.first;
    !isLooked(now.value, before.value);
    pause = Math.min(pause * 1.5, pace.longest)
  ) {
    const left = end - Date.now();
    if (left <= 0)
      throw new Failure(EXIT.unknown, `not synced within ${seconds} s; it may be later: kt repo get ${id}`);
    await sleep(Math.min(pause, left));
    if (now.value.status === 'error' && Date.now() >= askAgainAt) {
      before = await askToLook(api, id);
      askAgainAt = Date.now() + pace.askAgain;
    }
    now = await api.call('GET', pathOf(id), LINK);
  }
  return now;
}

function isLooked(now: Link, before: Link): boolean {
  if (now.status === 'synced') return true;
  return now.status === 'error' && now.error?.next_try !== before.error?.next_try;
}
