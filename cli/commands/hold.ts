/** `kt hold`: versions that are kept in force against git. */
import type { Command } from 'commander';
import { action } from '../action.ts';
import { EXIT } from '../exit-code.ts';
import { jsonOption } from '../options.ts';

interface Json {
  readonly json: boolean;
}

export function addHold(kt: Command): void {
  const hold = kt.command('hold').description('Holds: versions that are kept in force against git.');
  hold
    .command('list')
    .description('List the configurations that are held.')
    .option('--team <team>', 'only those of a team')
    .addOption(jsonOption())
    .action(
      action<Json & { team?: string }>(async ({ options, api, output }) => {
        const { CONFIGURATION } = await import('../answers.ts');
        const { listData } = await import('../list-all.ts');
        const query = { team: options.team };
        const { items, raw } = await listData(await api(), '/v1/configurations', query, CONFIGURATION);
        const isHeld = items.map((item) => item.hold !== null);
        const held = items.filter((item) => item.hold !== null);
        if (options.json) output.json({ data: raw.data.filter((_, i) => isHeld[i]) });
        else if (held.length === 0) output.note('Nothing is held.');
        else
          output.table(
            ['CONFIGURATION', 'VERSION', 'UNTIL', 'ACTOR', 'REASON'],
            held.map(({ id, active_version, hold }) => [
              id,
              active_version?.number,
              hold?.until,
              hold?.actor,
              hold?.reason,
            ]),
          );
        return EXIT.ok;
      }),
    );
  hold
    .command('release')
    .description('Lift the hold of a configuration: git takes over at once.')
    .argument('<configuration>')
    .addOption(jsonOption())
    .action(
      action<Json>(async ({ args, options, api, output }) => {
        const [id = ''] = args;
        await (await api()).tell('DELETE', `/v1/configurations/${encodeURIComponent(id)}/hold`);
        if (options.json) output.json({ configuration_id: id, released: true });
        else output.line(`The hold of ${id} is lifted: git takes over.`);
        return EXIT.ok;
      }),
    );
}
