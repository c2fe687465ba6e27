/** An action: what a command does, given what was asked, where to answer, and the API once it is needed. */
import type { Command } from 'commander';
import type { Api } from './api-client.ts';
import type { ExitCode } from './exit-code.ts';
import { Failure, usage } from './failure.ts';
import type { GlobalOptions } from './options.ts';
import { type Output, outputTo } from './output.ts';
import { readSettings, type Settings } from './settings.ts';

export interface Call<Options> {
  /** Positional arguments, in order; undefined for one that was left out. */
  readonly args: readonly (string | undefined)[];
  readonly options: Options & GlobalOptions;
  readonly output: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  settings(): Settings;
  /** Throws a `Failure` when it is not known where the API is. */
  api(): Promise<Api>;
}

/** The listener of a command. `Options` names what the command itself declares. */
export function action<Options = object>(run: (call: Call<Options>) => Promise<ExitCode>) {
  return async (...given: unknown[]): Promise<void> => {
    // Commander hands over the arguments, the options, and the command at the end.
    const command = given.at(-1) as Command;
    try {
      process.exitCode = await run(callOf<Options>(command));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      for (const line of [`${pathOf(command)}: ${error.message}`, ...error.advice]) console.error(line);
      process.exitCode = error.exit;
    }
  };
}

/** `kt repo list` */
function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

function callOf<Options>(command: Command): Call<Options> {
  // What commander parsed is what the command and `addGlobalOptions` declare.
  const options = command.optsWithGlobals() as Options & GlobalOptions;
  const output = outputTo(process.stdout, process.stderr, process.env);
  const settings = () => readSettings(options, process.env, process.cwd());
  return {
    args: command.processedArgs as (string | undefined)[],
    options,
    output,
    environment: process.env,
    cwd: process.cwd(),
    settings,
    async api() {
      const found = settings();
      const { connect } = await import('./connect.ts');
      return connect(found, timeoutMs(command, options), output);
    },
  };
}

function timeoutMs(command: Command, { requestTimeout }: GlobalOptions): number {
  const alias = command.options.find(({ long }) => long === '--timeout');
  const own: unknown = alias?.hidden ? command.opts()['timeout'] : undefined;
  return (typeof own === 'number' ? own : requestTimeout) * 1000;
}

/** An id that may be given as an argument or as an option. */
export function idAsked(what: string, argument: string | undefined, option: string | undefined): string {
  const id = argument ?? option;
  if (id === undefined) throw usage(`which ${what}? Give its id`);
  if (argument !== undefined && option !== undefined && argument !== option)
    throw usage(`two ids of a ${what} were given, and they differ; give one`);
  return id;
}
