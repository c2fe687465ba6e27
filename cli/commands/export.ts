/** `kt export`: the audit log, with what gateways decided, as a file. */
import { type Command, Option } from 'commander';
import { action } from '../action.ts';
import { EXIT } from '../exit-code.ts';
import { usage } from '../failure.ts';

interface ExportOptions {
  readonly from?: string;
  readonly to?: string;
  readonly since?: string;
  readonly window?: string;
  readonly type: string;
  readonly format: string;
  readonly json: boolean;
  readonly output: string;
  readonly verdict?: string;
  readonly gatewayId?: string;
  readonly configurationId?: string;
  readonly team?: string;
}

export function addExport(kt: Command): void {
  kt.command('export')
    .description('Exports: the audit log, and what gateways decided, as a file.')
    .command('create')
    .description('Write the events of a time as JSON or CSV.')
    .option('--from <time>', 'from this time on: 2026-01-31 or 2026-01-31T12:00:00Z')
    .option('--to <time>', 'up to this time; now when left out')
    .option('--since <time>', 'how far back, as in 7d, or a time')
    .option('--window <time>', 'the same as --since; 24h when nothing is said')
    .option('--type <type>', 'events, or audit-log, which is all of them but decisions', 'events')
    .option('--format <format>', 'json or csv', 'json')
    .addOption(new Option('--json', 'the same as --format json').default(false))
    .option('--output <file>', 'the file to write; - is standard output', '-')
    .option('--verdict <verdict>', 'only decisions of this verdict: allow, block, redact, escalate')
    .option('--gateway-id <id>', 'only events of a gateway')
    .option('--configuration-id <id>', 'only events about a configuration')
    .option('--team <team>', 'only events of a team')
    .action(
      action<ExportOptions>(async ({ options, api, output }) => {
        const format = formatAsked(options);
        const { exportWindow } = await import('../export-window.ts');
        const { exportEvents } = await import('../export-events.ts');
        const window = exportWindow(options);
        const query = queryOf(options);
        const count = await exportEvents(await api(), { ...window, query, format }, options.output);
        const where = options.output === '-' ? 'standard output' : options.output;
        output.note(`${count} event${count === 1 ? '' : 's'} written to ${where}.`);
        return EXIT.ok;
      }),
    );
}

const queryOf = ({ type, verdict, gatewayId, configurationId, team }: ExportOptions) => ({
  type: type === 'audit-log' ? 'audit' : undefined,
  verdict,
  gateway_id: gatewayId,
  configuration_id: configurationId,
  team,
});

const FORMATS = ['json', 'csv'] as const;
const TYPES = ['audit-log', 'events'];

function formatAsked({ format, type, json }: ExportOptions): (typeof FORMATS)[number] {
  if (!TYPES.includes(type)) throw usage(`--type: ${type} is not kept here; there are: ${TYPES.join(', ')}`);
  const known = FORMATS.find((name) => name === format);
  if (!known) throw usage(`--format: ${format} is not written here; there are: ${FORMATS.join(', ')}`);
  return json ? 'json' : known;
}
