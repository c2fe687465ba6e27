/** `kt gateway`: the processes that enforce configurations. */

import type { Command } from 'commander';
import { action, idAsked } from '../action.ts';
import type { Gateway } from '../answers.ts';
import { EXIT } from '../exit-code.ts';
import type { GatewayWishOptions } from '../gateway-wish.ts';
import { jsonOption, keyValue } from '../options.ts';
import { styleOfStatus } from '../status-style.ts';
import { addAgent } from './gateway-agent.ts';
import { addConverge } from './gateway-converge.ts';
import { addDiff } from './gateway-diff.ts';
import { addHistory } from './gateway-history.ts';
import { addManagedRun, addRun } from './gateway-run.ts';

interface Json {
  readonly json: boolean;
}
interface One extends Json {
  readonly id?: string;
}

export function addGateway(kt: Command): void {
  const gateway = kt.command('gateway').description('Gateways: the processes that enforce configurations.');
  addAll(gateway);
  // As it was called before: scripts of that time still run.
  addAll(kt.command('proxy', { hidden: true }).description('The same as kt gateway.'));
  addManagedRun(kt);
}

function addAll(gateway: Command): void {
  addRun(gateway);
  addCreate(gateway);
  addList(gateway);
  addInspect(gateway);
  addDiff(gateway);
  addReload(gateway);
  addConverge(gateway);
  addHistory(gateway);
  addDelete(gateway);
  addAgent(gateway);
}

const GATEWAYS = '/v1/gateways';
const gatewayPath = (id: string) => `${GATEWAYS}/${encodeURIComponent(id)}`;

/** A command about one gateway, which is named as an argument or by `--id`. */
const about = (gateway: Command, name: string) =>
  gateway
    .command(name)
    .argument('[id]', 'the gateway')
    .option('--id <id>', 'the gateway')
    .addOption(jsonOption());

function addCreate(gateway: Command): void {
  gateway
    .command('create')
    .description('Register a gateway. Its token is printed once, on standard output.')
    .requiredOption('--name <name>', 'what it is called')
    .option('--description <text>', 'kept as the label "description"')
    .option('--configuration-id <id>', 'the configuration that it runs')
    .option('--label <name=value>', 'may be repeated', keyValue)
    .option('--public-key <file>', 'its Ed25519 public key (PEM), which its receipts are verified with')
    .option('--state-dir <folder>', 'make its key, and keep all that kt gateway agent needs there')
    .option('--team <team>', 'the team that it belongs to')
    .addOption(jsonOption())
    .action(
      action<Json & GatewayWishOptions & { stateDir?: string }>(async (call) => {
        const { options, api, output } = call;
        const { REGISTERED } = await import('../answers.ts');
        const { gatewayWish } = await import('../gateway-wish.ts');
        if (options.stateDir !== undefined) {
          const { enrolGateway } = await import('../gateway-agent/enrol-gateway.ts');
          return enrolGateway(await api(), options.stateDir, options, call);
        }
        const body = gatewayWish(options);
        const { value, raw } = await (await api()).call('POST', GATEWAYS, REGISTERED, { body });
        if (options.json) output.json(raw);
        else {
          output.record([
            ['id', value.id],
            ['name', value.name],
            ['configuration', value.configuration_id],
            ['queue', value.queue_url],
            ['token', value.token],
          ]);
          output.note('The token is shown once: give it to the gateway now.');
        }
        return EXIT.ok;
      }),
    );
}

function addList(gateway: Command): void {
  gateway
    .command('list')
    .description('List gateways.')
    .option('--team <team>', 'only those of a team')
    .addOption(jsonOption())
    .action(
      action<Json & { team?: string }>(async ({ options, api, output }) => {
        const { GATEWAY } = await import('../answers.ts');
        const { listData } = await import('../list-all.ts');
        const { items, raw } = await listData(await api(), GATEWAYS, { team: options.team }, GATEWAY);
        if (options.json) output.json(raw);
        else if (items.length === 0) output.note('There are no gateways. kt gateway create registers one.');
        else
          output.table(
            ['ID', 'NAME', 'TEAM', 'CONFIGURATION', 'RUNS', 'HEALTH', 'DRIFT', 'REPORTED'],
            items.map(({ id, name, team, configuration_id: configuration, reported, drift }) => [
              id,
              name,
              team,
              configuration,
              reported?.content_hash?.slice(0, 12),
              reported?.health == null ? null : styleOfStatus(reported.health),
              drift && styleOfStatus(drift.kind),
              reported?.at,
            ]),
          );
        return EXIT.ok;
      }),
    );
}

function addInspect(gateway: Command): void {
  about(gateway, 'inspect')
    .description('Show a gateway.')
    .action(
      action<One>(async ({ args, options, api, output }) => {
        const { GATEWAY } = await import('../answers.ts');
        const path = gatewayPath(idAsked('gateway', args[0], options.id));
        const { value, raw } = await (await api()).call('GET', path, GATEWAY);
        if (options.json) output.json(raw);
        else {
          const { reported, drift } = value;
          output.record([
            ['id', value.id],
            ['name', value.name],
            ['team', value.team],
            ['configuration', value.configuration_id],
            ...Object.entries(value.labels).map(([name, text]) => [`label ${name}`, text] as const),
            ['queue', value.queue_url],
            ['registered', value.created_at],
            ['runs', reported?.content_hash],
            ['health', reported?.health == null ? null : styleOfStatus(reported.health)],
            ['reason', reported?.reason],
            ['reported', reported?.at],
            ...(drift ? driftFields(drift) : []),
          ]);
        }
        return EXIT.ok;
      }),
    );
}

function driftFields({
  kind,
  since,
  expected,
  resends,
  persists_since: inVain,
}: NonNullable<Gateway['drift']>) {
  return [
    ['drift', styleOfStatus(kind)],
    ['drifts since', since],
    ['must run', expected],
    ['reloads sent', resends],
    ['in vain since', inVain],
  ] as const;
}

function addReload(gateway: Command): void {
  about(gateway, 'reload')
    .description('Send the gateway once more what it must run.')
    .action(
      action<One>(async ({ args, options, api, output }) => {
        const { RELOAD_SENT } = await import('../answers.ts');
        const id = idAsked('gateway', args[0], options.id);
        const asking = { repeatable: true };
        const { value, raw } = await (await api()).call(
          'POST',
          `${gatewayPath(id)}/reload`,
          RELOAD_SENT,
          asking,
        );
        if (options.json) output.json(raw);
        else output.line(`${id} was sent sequence ${value.sequence} once more.`);
        return EXIT.ok;
      }),
    );
}

function addDelete(gateway: Command): void {
  about(gateway, 'delete')
    .description('Delete a gateway, its queue and its token.')
    .option('--yes', 'without asking', false)
    .action(
      action<One & { yes: boolean }>(async ({ args, options, api, output }) => {
        const { confirmed } = await import('../confirm.ts');
        const id = idAsked('gateway', args[0], options.id);
        const client = await api();
        if (!(await confirmed(`Delete ${id}, its queue and its token?`, options.yes))) return EXIT.no;
        await client.tell('DELETE', gatewayPath(id));
        if (options.json) output.json({ id, deleted: true });
        else output.line(`${id} is deleted.`);
        return EXIT.ok;
      }),
    );
}
