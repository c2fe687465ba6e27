/** `kt config`: the settings in effect, and where they come from. */
import type { Command } from 'commander';
import { action } from '../action.ts';
import { shownToken } from '../api-token.ts';
import { EXIT } from '../exit-code.ts';
import { jsonOption } from '../options.ts';
import type { Setting } from '../settings.ts';

export function addConfig(kt: Command): Command {
  const config = kt.command('config').description('The settings of kt, and where they come from.');
  config
    .command('show')
    .description('Show the settings in effect. Of a token only the public part is shown.')
    .addOption(jsonOption('the settings as JSON'))
    .action(
      action<{ json: boolean }>(async ({ options, output, settings }) => {
        const { apiUrl, apiToken, profile, configFile, warnings, withheld } = settings();
        const token = apiToken && { value: shownToken(apiToken.value), source: apiToken.source };
        const timeout = options.requestTimeout;
        if (options.json) {
          output.json({
            api_url: apiUrl,
            api_token: token,
            profile,
            config_file: configFile,
            request_timeout_seconds: timeout,
            withheld_tokens: withheld,
          });
        } else {
          const shown = (name: string, setting: Setting | null) =>
            [name, setting?.value, setting?.source] as const;
          output.table(
            ['SETTING', 'VALUE', 'FROM'],
            [
              shown('api_url', apiUrl),
              shown('api_token', token),
              shown('profile', profile),
              ['config_file', configFile, null],
              ['request_timeout', `${timeout} s`, null],
            ],
          );
          for (const { source, origin } of withheld)
            output.note(`The token of ${source} belongs to ${origin}, and is not sent.`);
        }
        for (const warning of warnings) output.warn(warning);
        return EXIT.ok;
      }),
    );
  return config;
}
