/** `kt repo`: links, the files of repositories that configurations follow. */
import { type Command, Option } from 'commander';
import { action, idAsked } from '../action.ts';
import { EXIT } from '../exit-code.ts';
import { jsonOption, wholeNumber } from '../options.ts';
import { styleOfStatus } from '../status-style.ts';
import { showHook, showLink } from '../views/link.ts';
import { addLink } from './repo-link.ts';
import { addWait, follow, verdictOn, type Waiting } from './repo-wait.ts';

interface Json {
  readonly json: boolean;
}
export function addRepo(kt: Command): void {
  const repo = kt.command('repo').description('Links: the files of repositories that configurations follow.');
  addLink(repo, 'link');
  addList(repo);
  repo
    .command('get')
    .description('Show a link.')
    .argument('[id]', 'the link')
    .option('--id <id>', 'the link')
    .addOption(jsonOption())
    .action(
      action<Json & { id?: string }>(async ({ args, options, api, output }) => {
        const { LINK } = await import('../answers.ts');
        const { pathOf } = await import('../follow-link.ts');
        const answer = await (await api()).call('GET', pathOf(idAsked('link', args[0], options.id)), LINK);
        if (options.json) output.json(answer.raw);
        else showLink(answer.value, output);
        return EXIT.ok;
      }),
    );
  addSync(repo);
  addUnlink(repo);
  addRotate(repo);
}

function addList(repo: Command): void {
  repo
    .command('list')
    .description('List links.')
    .addOption(new Option('--status <status>', 'only those').choices(['pending', 'synced', 'error']))
    .option('--team <team>', 'only those of a team')
    .addOption(jsonOption())
    .action(
      action<Json & { status?: string; team?: string }>(async ({ options, api, output }) => {
        const { LINK } = await import('../answers.ts');
        const { listArray } = await import('../list-all.ts');
        const query = { status: options.status, team: options.team };
        const { items, raw } = await listArray(await api(), '/v1/git-repos', query, LINK);
        if (options.json) output.json(raw);
        else if (items.length === 0)
          output.note(
            Object.values(query).some((asked) => asked !== undefined)
              ? 'There are no such links.'
              : 'There are no links. kt repo link makes one.',
          );
        else
          output.table(
            ['ID', 'REPOSITORY', 'BRANCH', 'PATH', 'STATUS', 'LAST SYNC', 'CONFIGURATIONS'],
            items.map((link) => [
              link.id,
              link.repo_url,
              link.branch,
              link.path,
              styleOfStatus(link.status),
              link.last_sync,
              link.configuration_ids.join(', '),
            ]),
          );
        return EXIT.ok;
      }),
    );
}

function addSync(repo: Command): void {
  const sync = repo
    .command('sync')
    .description('Look at the repository of a link now.')
    .argument('[id]', 'the link')
    .option('--id <id>', 'the link')
    .addOption(jsonOption());
  addWait(sync)
    .addHelpText(
      'after',
      '\nExit codes with --wait: 0 synced, 1 an error, with its findings, 2 not within the time.',
    )
    .action(
      action<Waiting & { id?: string }>(async (call) => {
        const { args, options, output } = call;
        const { askToLook } = await import('../follow-link.ts');
        const api = await call.api();
        const asked = await askToLook(api, idAsked('link', args[0], options.id));
        const last = options.wait ? await follow(api, asked, options, output) : asked;
        if (options.json) output.json(last.raw);
        else if (options.wait) showLink(last.value, output);
        else output.line(`${last.value.id} will be looked at now.`);
        return verdictOn(last.value, options, output);
      }),
    );
}

function addUnlink(repo: Command): void {
  repo
    .command('unlink')
    .description('Unlink; what the link fed stays active.')
    .argument('[id]', 'the link')
    .option('--id <id>', 'the link')
    .option('--yes', 'without asking', false)
    .addOption(jsonOption())
    .action(
      action<Json & { id?: string; yes: boolean }>(async ({ args, options, api, output }) => {
        const { pathOf } = await import('../follow-link.ts');
        const { confirmed } = await import('../confirm.ts');
        const id = idAsked('link', args[0], options.id);
        const client = await api();
        if (!(await confirmed(`Unlink ${id}?`, options.yes))) return EXIT.no;
        await client.tell('DELETE', pathOf(id));
        if (options.json) output.json({ id, deleted: true });
        else output.line(`${id} is unlinked. What it fed stays active.`);
        return EXIT.ok;
      }),
    );
}

function addRotate(repo: Command): void {
  repo
    .command('rotate-hook-secret')
    .description('Make a new secret for the webhook of a link; the old one stays good for a while.')
    .argument('[id]', 'the link')
    .option('--id <id>', 'the link')
    .option(
      '--overlap-seconds <n>',
      'how long the old secret stays good; a day when left out',
      wholeNumber(0, 604_800),
    )
    .option('--secret-stdin', 'take the secret from standard input instead of making one', false)
    .addOption(jsonOption())
    .action(
      action<Json & { id?: string; overlapSeconds?: number; secretStdin: boolean }>(async (call) => {
        const { args, options, api, output } = call;
        const { HOOK_SECRET } = await import('../answers.ts');
        const { pathOf } = await import('../follow-link.ts');
        const { secretFromStdin } = await import('../secret-input.ts');
        const given = options.secretStdin ? await secretFromStdin(process.stdin, 'the secret') : undefined;
        const path = `${pathOf(idAsked('link', args[0], options.id))}/hook-secret`;
        const body = { secret: given, overlap_seconds: options.overlapSeconds };
        const { value, raw } = await (await api()).call('POST', path, HOOK_SECRET, { body });
        if (options.json) output.json(raw);
        else {
          showHook(value.webhook, output);
          const until = value.webhook.old_secret_valid_until;
          if (until !== null) output.note(`The old secret is good until ${until}.`);
        }
        return EXIT.ok;
      }),
    );
}
