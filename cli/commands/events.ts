/** `kt events`: the audit log as it grows, and what gateways decide. */
import { type Command, Option } from 'commander';
import { action, type Call } from '../action.ts';
import { EXIT } from '../exit-code.ts';
import { jsonOption, wholeNumber } from '../options.ts';

interface TailOptions {
  readonly follow: boolean;
  readonly since: string;
  readonly type?: string;
  readonly verdict?: string;
  readonly gatewayId?: string;
  readonly configurationId?: string;
  readonly team?: string;
  readonly limit: number;
  readonly json: boolean;
  readonly format?: 'text' | 'json';
}

export function addEvents(kt: Command): void {
  kt.command('events')
    .description('Events: the audit log, and what gateways decided.')
    .command('tail')
    .description('Show the last events, oldest first, and with -f those that come.')
    .option('-f, --follow', 'go on until interrupted', false)
    .option('--since <time>', 'how far back: 5m, 1h, 24h, 7d, or a time (RFC 3339)', '1h')
    .option(
      '--type <type>',
      'only those of a type: version.activated, decision, …; audit is all but decisions',
    )
    .option('--verdict <verdict>', 'only decisions of this verdict: allow, block, redact, escalate')
    .option('--gateway-id <id>', 'only those of a gateway')
    .option('--configuration-id <id>', 'only those about a configuration')
    .option('--team <team>', 'only those of a team')
    .option('--limit <n>', 'at most so many of the past', wholeNumber(0, 10_000), 50)
    .addOption(jsonOption())
    .addOption(new Option('--format <format>', 'json is the same as --json').choices(['text', 'json']))
    .addHelpText('after', '\nWith --json each event is a line of its own: {"id":…} per line.')
    .action(
      action<TailOptions>(async (call) => {
        const { follow, limit } = call.options;
        const { lastEvents, followEvents } = await import('../tail-events.ts');
        const api = await call.api();
        const query = queryOf(call.options);
        const show = await shower(call);
        const past = await lastEvents(api, query, limit);
        past.events.forEach(show);
        if (!follow) {
          if (past.events.length === 0 && limit > 0 && !call.options.json)
            call.output.note(`Nothing happened since ${call.options.since}.`);
          return EXIT.ok;
        }
        const interrupted = new AbortController();
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
        await followEvents(api, query, past, show, (why) => call.output.warn(why), interrupted.signal);
        return EXIT.ok;
      }),
    );
}

const queryOf = ({ since, type, verdict, gatewayId, configurationId, team }: TailOptions) => ({
  since,
  type,
  verdict,
  gateway_id: gatewayId,
  configuration_id: configurationId,
  team,
});

async function shower({ options, output }: Call<TailOptions>) {
  const { eventLine } = await import('../views/event.ts');
  const asJson = options.json || options.format === 'json';
  return ({ event, raw }: { event: Parameters<typeof eventLine>[0]; raw: unknown }) =>
    output.line(asJson ? JSON.stringify(raw) : eventLine(event, output));
}
