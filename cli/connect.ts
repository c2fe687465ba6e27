/** Connect: the API as the settings describe it. */
import { type Api, apiClient } from './api-client.ts';
import { isOpen } from './api-url.ts';
import { usage } from './failure.ts';
import type { Output } from './output.ts';
import type { Settings } from './settings.ts';

/** Throws when there is no URL, or when the token would be readable on its way. */
export function connect(settings: Settings, timeoutMs: number, output: Output): Api {
  const { apiUrl, apiToken, insecure, warnings, withheld } = settings;
  if (!apiUrl)
    throw usage(
      'where is the API? Nothing says so',
      ...warnings,
      'Give --api-url or set KEEPTRUSTS_API_URL, or start the local stack here: npm start',
    );
  for (const warning of warnings) output.warn(warning);
  if (apiToken && isOpen(apiUrl.value) && !insecure)
    throw usage(
      `${apiUrl.value} is not https://: anybody on the way could read the token`,
      `The URL comes from ${apiUrl.source}. --insecure sends the token all the same.`,
    );
  return apiClient({
    url: apiUrl.value,
    urlSource: apiUrl.source,
    token: apiToken?.value ?? null,
    tokenSource: apiToken?.source ?? null,
    withheld,
    timeoutMs,
  });
}
