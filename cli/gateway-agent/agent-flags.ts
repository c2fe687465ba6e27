/** Flags of whatever has an agent in it. */
import { type Command, Option } from 'commander';
import type { StalenessOptions } from '../../gateway/agent/options.ts';
import { durationOption } from './duration.ts';
import type { IdentityOptions } from './identity.ts';

export interface AgentFlags extends IdentityOptions {
  readonly pinKeys: boolean;
  readonly reconcileInterval: number;
  readonly maxStaleness?: number;
  readonly whenStale?: StalenessOptions['whenStale'];
}

export function addAgentFlags(command: Command): Command {
  return command
    .option('--gateway-id <id>', 'the gateway; else KEEPTRUSTS_GATEWAY_ID, or what the state folder says')
    .option(
      '--state-dir <folder>',
      'keys, last good policy, receipts; else below $XDG_STATE_HOME or ~/.local/state',
    )
    .option('--token-file <file>', "the gateway's token; else KEEPTRUSTS_GATEWAY_TOKEN, or the state folder")
    .option('--pin-keys', 'trust the signing keys that the API has now, if none are pinned', false)
    .addOption(durationOption('--reconcile-interval', 'how often the API is asked, beside messages', '30s'))
    .addOption(durationOption('--max-staleness', 'how long what runs may go unconfirmed by the API'))
    .addOption(
      new Option('--when-stale <what>', 'then: keep serving, or have the gateway refuse').choices([
        'serve',
        'fail-closed',
      ]),
    );
}
