/** `kt configuration`: named policy documents. */
import type { Command } from 'commander';
import { action, idAsked } from '../action.ts';
import { EXIT } from '../exit-code.ts';
import { jsonOption } from '../options.ts';
import { showConfiguration } from '../views/configuration.ts';

interface Json {
  readonly json: boolean;
}

export function addConfiguration(kt: Command): void {
  const configuration = kt.command('configuration').description('Configurations: named policy documents.');
  configuration
    .command('list')
    .description('List configurations.')
    .option('--team <team>', 'only those of a team')
    .addOption(jsonOption())
    .action(
      action<Json & { team?: string }>(async ({ options, api, output }) => {
        const { CONFIGURATION } = await import('../answers.ts');
        const { listData } = await import('../list-all.ts');
        const { items, raw } = await listData(
          await api(),
          '/v1/configurations',
          { team: options.team },
          CONFIGURATION,
        );
        if (options.json) output.json(raw);
        else if (items.length === 0) output.note('There are no configurations.');
        else
          output.table(
            ['ID', 'NAME', 'SOURCE', 'ACTIVE', 'HEAD', 'CONTENT HASH', 'HOLD UNTIL'],
            items.map((item) => [
              item.id,
              item.name,
              item.source,
              item.active_version?.number,
              item.head_version?.number,
              item.content_hash?.slice(0, 12),
              item.hold?.until,
            ]),
          );
        return EXIT.ok;
      }),
    );
  configuration
    .command('get')
    .description('Show a configuration.')
    .argument('[id]', 'the configuration')
    .option('--id <id>', 'the configuration')
    .addOption(jsonOption())
    .action(
      action<Json & { id?: string }>(async ({ args, options, api, output }) => {
        const { CONFIGURATION } = await import('../answers.ts');
        const id = idAsked('configuration', args[0], options.id);
        const path = `/v1/configurations/${encodeURIComponent(id)}`;
        const { value, raw } = await (await api()).call('GET', path, CONFIGURATION);
        if (options.json) output.json(raw);
        else showConfiguration(value, output);
        return EXIT.ok;
      }),
    );
}
