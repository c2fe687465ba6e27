/** Flags that say which file a gateway reads, and how it is told that the file is a new one. */
import type { Command } from 'commander';
import { durationOption } from './duration.ts';

export interface TargetFlags {
  readonly write: string;
  readonly reloadUrl?: string;
  readonly reloadTokenFile?: string;
  readonly reloadSignal?: string;
  readonly reloadCommand?: string;
  readonly statusUrl?: string;
  readonly staleCommand?: string;
  readonly shell: boolean;
  readonly reloadTimeout: number;
  readonly confirmTimeout: number;
}

export function addTargetFlags(command: Command): Command {
  return command
    .requiredOption('--write <file>', 'the policy file that the gateway reads')
    .option('--reload-url <url>', 'POSTed to when the file is a new one')
    .option('--reload-token-file <file>', 'the bearer token for --reload-url')
    .option('--reload-signal <signal:pidfile>', 'as in HUP:/run/gateway.pid')
    .option('--reload-command <command>', 'run when the file is a new one, without a shell')
    .option(
      '--status-url <url>',
      'answers {"content_hash": …} of what runs; known for a --reload-url of a kt gateway',
    )
    .option('--stale-command <command>', 'for --when-stale fail-closed: run with "closed" or "open" added')
    .option('--shell', 'run commands by /bin/sh -c', false)
    .addOption(durationOption('--reload-timeout', 'how long a reload may take', '30s'))
    .addOption(
      durationOption('--confirm-timeout', 'how long until the gateway says that it runs the new one', '15s'),
    );
}
