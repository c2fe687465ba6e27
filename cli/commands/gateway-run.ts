/** `kt gateway run`, and `kt run` as it is called in guides to managed mode: the reference gateway. */
import { type Command, Option } from 'commander';
import { action } from '../action.ts';
import { addAgentFlags } from '../gateway-agent/agent-flags.ts';
import { durationOption } from '../gateway-agent/duration.ts';
import type { RunOptions } from '../gateway-run/run-options.ts';
import { wholeNumber } from '../options.ts';

const LISTEN = '0.0.0.0:41002';
/** As the guides have it. */
const LISTEN_MANAGED = '0.0.0.0:8080';

export function addRun(gateway: Command): void {
  runCommand(gateway, LISTEN).option(
    '--managed',
    'run what the control plane says, with the agent built in',
    false,
  );
}

/** `kt run --managed`. */
export function addManagedRun(kt: Command): void {
  runCommand(kt, LISTEN_MANAGED).requiredOption('--managed', 'run what the control plane says');
}

function runCommand(parent: Command, listen: string): Command {
  const command = parent
    .command('run')
    .description('Run a gateway: an OpenAI-compatible proxy that enforces a policy document.')
    .option('--listen <host:port>', 'where to listen', listen)
    .option('--port <n>', 'another port than that of --listen', wholeNumber(0, 65_535))
    .option('--policy-config <file>', 'the policy document; SIGHUP reads it again', collect, [])
    .addOption(
      new Option('--fail-mode <mode>', 'what becomes of a request whose evaluation fails')
        .choices(['block', 'allow'])
        .default('block'),
    )
    .addOption(
      new Option('--max-concurrency <n>', 'requests that are worked on at once')
        .argParser(wholeNumber(1, 10_000))
        .env('KEEPTRUSTS_GATEWAY_MAX_CONCURRENCY')
        .default(16),
    )
    .option(
      '--allow-unenforced <kind>',
      'load a document with this kind although nothing here enforces it; may be repeated',
      collect,
      [],
    )
    .option(
      '--allow-unreadable',
      'let pictures, sounds and files pass policies that cannot look at them',
      false,
    )
    .option('--admin-token-file <file>', 'the token that may reload; else KEEPTRUSTS_GATEWAY_ADMIN_TOKEN')
    .option('--prices <file>', 'what models cost, as JSON; before the list prices')
    .option('--log-decisions', 'each decision on standard output too, as without a control plane', false)
    .addOption(durationOption('--stop-timeout', 'how long requests in flight may take when it ends', '30s'));
  return upstreamOptions(agentOptions(command))
    .addHelpText('after', HELP)
    .action(
      action<RunOptions>(async (call) => {
        const { runGateway } = await import('../gateway-run/run-gateway.ts');
        return runGateway(call);
      }),
    );
}

/** Of them `--gateway-id` and `--state-dir` are for any gateway. */
const agentOptions = (command: Command) =>
  addAgentFlags(command)
    .option(
      '--gateway-token <token>',
      'KEEPTRUSTS_GATEWAY_TOKEN and --token-file are not seen by other users of this machine',
    )
    .addOption(durationOption('--poll-interval', 'the same as --reconcile-interval').hideHelp());

const upstreamOptions = (command: Command) =>
  command
    .option(
      '--upstream <url>',
      'for trying out: instead of the addresses of all targets; else KEEPTRUSTS_UPSTREAM_URL',
    )
    .option('--upstream-api-key-header <name>', 'for trying out: else KEEPTRUSTS_UPSTREAM_API_KEY_HEADER')
    .option('--upstream-api-key-prefix <text>', 'for trying out: else KEEPTRUSTS_UPSTREAM_API_KEY_PREFIX')
    .addOption(durationOption('--upstream-connect-timeout', 'until a provider is connected to', '5s'))
    .addOption(durationOption('--upstream-first-byte-timeout', 'until it begins to answer', '120s'))
    .addOption(durationOption('--upstream-idle-timeout', 'between two pieces of its answer', '60s'))
    .addOption(durationOption('--upstream-total-timeout', 'until it has answered', '600s'));

const collect = (value: string, before: readonly string[]) => [...before, value];

const HELP = `
Exit codes: 0 it was told to stop, 1 the document cannot be enforced, 2 it could not be run.`;
