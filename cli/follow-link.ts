/** Follow: wait until a link was looked at. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LINK, type Link } from './answers.ts';
import type { Answer, Api } from './api-client.ts';
import { EXIT } from './exit-code.ts';
import { Failure } from './failure.ts';

const FIRST_PAUSE_MS = 150;
const LONGEST_PAUSE_MS = 2000;
const ASK_AGAIN_MS = 5000;

export const pathOf = (id: string) => `/v1/git-repos/${encodeURIComponent(id)}`;

export const askToLook = (api: Api, id: string): Promise<Answer<Link>> =>
  api.call('POST', `${pathOf(id)}/sync`, LINK, { body: {}, repeatable: true });

/**
 * From a link that was just asked to be looked at, to the link after the look. `failed` is the error that it had
 * before: only another time of the next try tells that error from one of the new look. A look may end before the
 * first answer is read, and then that time stands still; so the question is repeated, which costs the API a look.
 */
export async function followLink(api: Api, asked: Answer<Link>, seconds: number): Promise<Answer<Link>> {
  const end = Date.now() + seconds * 1000;
  let reference = asked;
  let askAgainAt = Date.now() + ASK_AGAIN_MS;
  let now = asked;
  for (
    let pause = FIRST_PAUSE_MS;
    !isLooked(now.value, reference.value);
    pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)
  ) {
    const left = end - Date.now();
    if (left <= 0)
      throw new Failure(
        EXIT.unknown,
        `not synced within ${seconds} s; it may be later: kt repo get ${asked.value.id}`,
      );
    await sleep(Math.min(pause, left));
    if (now.value.status === 'error' && Date.now() >= askAgainAt) {
      reference = await askToLook(api, asked.value.id);
      askAgainAt = Date.now() + ASK_AGAIN_MS;
    }
    now = await api.call('GET', pathOf(asked.value.id), LINK);
  }
  return now;
}

function isLooked(now: Link, before: Link): boolean {
  if (now.status === 'synced') return true;
  return now.status === 'error' && now.error?.next_try !== before.error?.next_try;
}
