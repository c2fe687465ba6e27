/** `kt repo link`: a file of a repository becomes what a configuration follows. */
import { type Command, Option } from 'commander';
import { action, type Call } from '../action.ts';
import type { ExitCode } from '../exit-code.ts';
import type { LinkWishOptions } from '../link-wish.ts';
import { jsonOption, wholeNumber } from '../options.ts';
import { showHook, showLink } from '../views/link.ts';
import { addWait, follow, verdictOn, type Waiting } from './repo-wait.ts';

interface LinkOptions extends Waiting, LinkWishOptions {
  readonly autoSync?: boolean;
}

/** Also `kt config git-link`, as one of the guides has it. */
export function addLink(parent: Command, name: string): void {
  const link = parent
    .command(name)
    .description('Link a file, or a directory when the path ends in /, of a branch of a repository.')
    .requiredOption(
      '--repo-url <url>',
      'https:// URL of the repository without credentials, or git@host:path',
    )
    .option('--branch <name>', 'the branch to follow; main when left out')
    .requiredOption('--path <path>', 'the file, or a directory ending in /')
    .option('--provider <name>', 'github, gitlab, bitbucket, gitea or generic; inferred for well-known hosts')
    .option('--poll-interval-seconds <n>', 'how often to look without a webhook', wholeNumber(1, 86_400))
    .option('--auto-create-configuration', 'create the configuration that the document names', false)
    .option('--configuration-id <id>', 'the configuration that the file feeds')
    .option('--access-token-stdin', 'read the access token of the repository from standard input', false)
    .option('--access-token-env <variable>', 'read it from this environment variable')
    .option('--username <name>', 'the user that the access token belongs to, where the host wants one')
    .option('--ssh-key <file>', 'the private key that opens a repository over SSH, without a passphrase')
    .option('--known-hosts <file>', 'the lines of known_hosts for its host; well-known hosts need none')
    .option('--team <team>', 'the team that the link belongs to')
    .addOption(jsonOption());
  addWait(link)
    .addHelpText(
      'after',
      '\nThe secret of the webhook is printed once, on standard output.\nExit codes: 0 linked (and synced, with --wait), 1 refused (or an error, with --wait), 2 could not tell.',
    )
    .action(action<LinkOptions>((call) => runLink(call, name === 'git-link')));
  if (name === 'git-link')
    link.addOption(
      new Option('--auto-sync', 'accepted, and means nothing: a link is always synced').hideHelp(),
    );
}

/** The guide that has `git-link` names no configuration: there it is the document that does. */
async function runLink(call: Call<LinkOptions>, isAlias: boolean): Promise<ExitCode> {
  const { options, output, environment } = call;
  const { LINK } = await import('../answers.ts');
  const { wishOf } = await import('../link-wish.ts');
  const autoCreateConfiguration =
    options.autoCreateConfiguration || (isAlias && options.configurationId === undefined);
  const wish = { ...options, autoCreateConfiguration };
  const body = await wishOf(wish, environment, process.stdin, call.cwd);
  if (options.autoSync) output.note('--auto-sync means nothing here: a link is always synced.');
  const api = await call.api();
  const made = await api.call('POST', '/v1/git-repos', LINK, { body });
  const { webhook } = made.value;
  if (options.wait && !options.json) showHook(webhook, output);
  const last = options.wait ? await follow(api, made, options, output) : made;
  if (options.json) output.json(options.wait ? withSecret(last.raw, made.raw) : made.raw);
  else {
    showLink(last.value, output);
    if (!options.wait) showHook(webhook, output);
  }
  return verdictOn(last.value, options, output);
}

/** The answer at the end has no secret; the first one had, and nobody is told again. */
function withSecret(last: unknown, first: unknown): unknown {
  const { webhook } = first as { webhook?: unknown };
  return { ...(last as object), webhook };
}
