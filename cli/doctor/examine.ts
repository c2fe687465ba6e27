/** Examine: every check of `kt doctor`, one after the other, whatever the ones before said. */
import type { Call } from '../action.ts';
import { Failure } from '../failure.ts';
import type { Settings } from '../settings.ts';
import { checkApi } from './api-checks.ts';
import { type Check, fail, ok, warn } from './check.ts';
import { checkLocalStack, checkPolicyFile, checkStateFolder } from './file-checks.ts';

export async function examine(call: Call<{ config?: string }>): Promise<readonly Check[]> {
  const { options, cwd, environment } = call;
  const settings = readSettings(call);
  return [
    ...(settings instanceof Failure
      ? [fail('settings', settings.message, adviceOf(settings))]
      : checkSettings(settings)),
    ...(settings instanceof Failure || !settings.apiUrl ? [] : await checkApi(call)),
    checkStateFolder(cwd, environment),
    checkLocalStack(cwd, environment),
    ...(options.config === undefined ? [] : [await checkPolicyFile(options.config)]),
  ];
}

/** Settings that cannot be read are what the doctor is asked about, not a reason to give up. */
function readSettings({ settings }: Call<object>): Settings | Failure {
  try {
    return settings();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

const adviceOf = ({ advice }: Failure): string | null => (advice.length > 0 ? advice.join(' ') : null);

function checkSettings({ apiUrl, apiToken, warnings, withheld }: Settings): Check[] {
  const setToken = 'Give --api-token, set KEEPTRUSTS_API_TOKEN, or keep it in a profile.';
  const kept = withheld.map(({ source, origin }) => `The token of ${source} belongs to ${origin}.`).join(' ');
  return [
    apiUrl
      ? ok('api url', `${apiUrl.value}, from ${apiUrl.source}`)
      : fail(
          'api url',
          'nothing says where the API is',
          'Give --api-url, set KEEPTRUSTS_API_URL, or run npm start.',
        ),
    apiToken
      ? ok('api token', `from ${apiToken.source}`)
      : fail('api token', 'there is no token', kept === '' ? setToken : `${kept} ${setToken}`),
    ...warnings.map((text) => warn('settings', text, 'See kt config show.')),
  ];
}
