/** Checks of the API: whether it answers, whether it takes the token, and whether its clock agrees with ours. */
import type { Call } from '../action.ts';
import { STATUS, TOKEN } from '../answers.ts';
import type { Answer, Api } from '../api-client.ts';
import { Failure } from '../failure.ts';
import { type Check, fail, ok, warn } from './check.ts';

const MOST_SKEW_SECONDS = 60;

export async function checkApi(call: Call<object>): Promise<Check[]> {
  const api = await tried(() => call.api());
  if (api instanceof Failure) return [failed('api', api)];
  const health = await tried(() => api.call('GET', '/healthz', STATUS));
  if (health instanceof Failure) return [failed('api', health)];
  return [
    ok('api', `${api.settings.url} answers`),
    await checkReady(api),
    checkClock(health, new Date()),
    ...(api.settings.tokenSource === null ? [] : [await checkToken(api)]),
  ];
}

async function checkReady(api: Api): Promise<Check> {
  const ready = await tried(() => api.call('GET', '/readyz', STATUS));
  return ready instanceof Failure
    ? failed('api ready', ready)
    : ok('api ready', 'what it depends on answers');
}

/** A clock that is off signs and judges times wrongly. The header has whole seconds, and a proxy may hold it back. */
function checkClock({ headers }: Answer<unknown>, now: Date): Check {
  const date = headers.get('date');
  const theirs = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(theirs))
    return warn('clock', 'the API does not say what time it is', 'A proxy may drop the header.');
  const skew = Math.round((now.getTime() - theirs) / 1000);
  if (Math.abs(skew) <= MOST_SKEW_SECONDS) return ok('clock', 'agrees with that of the API');
  const how = `${Math.abs(skew)} s ${skew > 0 ? 'ahead of' : 'behind'} that of the API`;
  return warn('clock', how, 'Let this machine set its clock by NTP.');
}

async function checkToken(api: Api): Promise<Check> {
  const me = await tried(() => api.call('GET', '/v1/whoami', TOKEN));
  if (me instanceof Failure) return failed('token', me);
  const { name, id, role, team, expires_at: expires } = me.value;
  const reach = team === null ? 'the organisation' : `the team ${team}`;
  const end = expires === null ? '' : `, until ${expires}`;
  return ok('token', `"${name}" (${id}), ${role ?? 'listed permissions'}, for ${reach}${end}`);
}

async function tried<T>(ask: () => Promise<T>): Promise<T | Failure> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

const failed = (name: string, { message, advice }: Failure) =>
  fail(name, message, advice.length > 0 ? advice.join(' ') : null);
