/** Options that many commands share, and the parsers of their values. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { SettingFlags } from './settings.ts';

export interface GlobalOptions extends SettingFlags {
  readonly requestTimeout: number;
}

/** Understood by every command, before or after its name. */
export function addGlobalOptions(kt: Command): void {
  kt.option('--api-url <url>', 'where the API is; else KEEPTRUSTS_API_URL, the profile, the local stack')
    .option(
      '--api-token <token>',
      'who asks; KEEPTRUSTS_API_TOKEN is not seen by other users of this machine',
    )
    .option('--profile <name>', 'a profile of the profile file, before the environment')
    .option('--request-timeout <seconds>', 'how long one request may take', wholeNumber(1, 3600), 30)
    .option('--insecure', 'send the token over http:// to another machine', false);
}

/** `--timeout` means the time of a request too, where a command does not mean something else by it. */
export function addTimeoutAliases(command: Command): void {
  for (const each of command.commands) addTimeoutAliases(each);
  const taken = command.options.some(({ long }) => long === '--timeout');
  if (command.commands.length === 0 && !taken)
    command.addOption(
      new Option('--timeout <seconds>', 'the same as --request-timeout')
        .argParser(wholeNumber(1, 3600))
        .hideHelp(),
    );
}

export const jsonOption = (description = "the API's answer as JSON") =>
  new Option('--json', description).default(false);

export function wholeNumber(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (/^\d{1,12}$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
  };
}

/** `--label a=b`, as often as there are labels. */
export function keyValue(text: string, before: Readonly<Record<string, string>> = {}) {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It is written name=value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
