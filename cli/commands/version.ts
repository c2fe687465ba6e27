/** `kt version`: what was published of a configuration, and which of it is in force. */
import { type Command, Option } from 'commander';
import { action } from '../action.ts';
import type { Version } from '../answers.ts';
import { EXIT } from '../exit-code.ts';
import { usage } from '../failure.ts';
import { jsonOption, wholeNumber } from '../options.ts';
import type { Output } from '../output.ts';
import { showConfiguration } from '../views/configuration.ts';
import { addProof, addVerify } from './version-proof.ts';

interface Json {
  readonly json: boolean;
}

export function addVersion(kt: Command): void {
  const version = kt
    .command('version')
    .description('Versions: what was published, and which of it is in force.');
  addList(version);
  addGet(version);
  addActivate(version);
  addDiff(version);
  addProof(version);
  addVerify(version);
}

const pathOf = (configuration = '', version?: string) =>
  `/v1/configurations/${encodeURIComponent(configuration)}/versions${version === undefined ? '' : `/${encodeURIComponent(version)}`}`;

function addList(parent: Command): void {
  parent
    .command('list')
    .description('List the versions of a configuration, newest first.')
    .argument('<configuration>')
    .option('--limit <n>', 'at most so many', wholeNumber(1, 10_000), 50)
    .addOption(jsonOption())
    .action(
      action<Json & { limit: number }>(async ({ args, options, api, output }) => {
        const { VERSIONS } = await import('../answers.ts');
        const items: Version[] = [];
        const raw: unknown[] = [];
        const pages = (await api()).pages(pathOf(args[0]), { limit: Math.min(options.limit, 200) }, VERSIONS);
        for await (const page of pages) {
          items.push(...page.value);
          raw.push(...(page.raw as unknown[]));
          if (items.length >= options.limit) break;
        }
        if (options.json) output.json(raw.slice(0, options.limit));
        else if (items.length === 0) output.note('Nothing was published yet.');
        else
          output.table(
            ['NUMBER', 'ACTIVE', 'PACK', 'CONTENT HASH', 'COMMIT', 'AUTHOR', 'CREATED', 'SUMMARY'],
            items
              .slice(0, options.limit)
              .map((item) => [
                item.number,
                item.active ? { text: 'active', style: 'green' } : null,
                item.pack_version,
                item.content_hash.slice(0, 12),
                item.commit?.slice(0, 12),
                item.author,
                item.created_at,
                item.summary,
              ]),
          );
        return EXIT.ok;
      }),
    );
}

function addGet(parent: Command): void {
  parent
    .command('get')
    .description('Show a version, by number or id.')
    .argument('<configuration>')
    .argument('<version>')
    .option('--content', 'the exact bytes of the document instead', false)
    .addOption(jsonOption())
    .action(
      action<Json & { content: boolean }>(async ({ args, options, api, output }) => {
        const { VERSION } = await import('../answers.ts');
        const path = pathOf(args[0], args[1]);
        if (options.content && options.json)
          throw usage('--content is the document as it is, not JSON: drop --json');
        const client = await api();
        if (options.content) {
          process.stdout.write(await client.bytes(`${path}/content`));
          return EXIT.ok;
        }
        const { value, raw } = await client.call('GET', path, VERSION);
        if (options.json) output.json(raw);
        else showVersion(value, output);
        return EXIT.ok;
      }),
    );
}

function showVersion(version: Version, output: Output): void {
  output.record([
    ['id', version.id],
    ['number', version.number],
    ['active', version.active ? { text: 'yes', style: 'green' } : 'no'],
    ['pack version', version.pack_version],
    ['content hash', version.content_hash],
    ['source', version.source],
    ['commit', version.commit],
    ['author', version.author],
    ['message', version.message],
    ['created', version.created_at],
    ['summary', version.summary],
  ]);
}

interface ActivateOptions extends Json {
  readonly reason?: string;
  readonly holdMinutes?: number;
  readonly holdUntil?: string;
}

function addActivate(parent: Command): void {
  parent
    .command('activate')
    .description('Put a version in force at once. Git overrides that at its next sync, unless it is held.')
    .argument('<configuration>')
    .argument('<version>')
    .option('--reason <text>', 'why; it is kept in the audit log')
    .addOption(
      new Option('--hold-minutes <n>', 'keep it against git for so long')
        .argParser(wholeNumber(1, 43_200))
        .conflicts('holdUntil'),
    )
    .option('--hold-until <time>', 'keep it against git until then: 2026-01-31T12:00:00Z')
    .addOption(jsonOption())
    .action(
      action<ActivateOptions>(async ({ args, options, api, output }) => {
        const { CONFIGURATION } = await import('../answers.ts');
        const { reason, holdMinutes: minutes, holdUntil: until } = options;
        const hold = minutes === undefined && until === undefined ? undefined : { minutes, until };
        const path = `${pathOf(args[0], args[1])}/activate`;
        const { value, raw } = await (await api()).call('POST', path, CONFIGURATION, {
          body: { reason, hold },
        });
        if (options.json) output.json(raw);
        else showConfiguration(value, output);
        if (value.git && !value.hold)
          output.note(
            'Git feeds this configuration and overrides this at its next sync: revert there, or use --hold-minutes.',
          );
        return EXIT.ok;
      }),
    );
}

function addDiff(parent: Command): void {
  parent
    .command('diff')
    .description('What one version says differently from another, and what that does to enforcement.')
    .argument('<configuration>')
    .argument('<from>', 'the earlier version, by number or id')
    .argument('<to>', 'the later version, by number or id')
    .addOption(jsonOption())
    .addHelpText('after', '\nExit codes: 0 they enforce the same, 1 they differ, 2 could not tell.')
    .action(
      action<Json>(async ({ args, options, api, output }) => {
        const { VERSION_DIFF } = await import('../answers.ts');
        const { searchOf } = await import('../api-client.ts');
        const path = `${pathOf(args[0], args[2])}/diff${searchOf({ from: args[1] })}`;
        const { value, raw } = await (await api()).call('GET', path, VERSION_DIFF);
        const { printDiff } = await import('../diff-text.ts');
        if (options.json) output.json(raw);
        else printDiff(value, output);
        return value.changes.length === 0 ? EXIT.ok : EXIT.no;
      }),
    );
}
