/** The program: every command of `kt`, by group. What a command needs beyond its options is loaded when it runs. */
import { Help, type Option } from 'commander';
import { addAuth } from './commands/auth.ts';
import { addCompletion } from './commands/completion.ts';
import { addConfig } from './commands/config.ts';
import { addConfiguration } from './commands/configuration.ts';
import { addDoctor } from './commands/doctor.ts';
import { addDrift } from './commands/drift.ts';
import { addEvents } from './commands/events.ts';
import { addExport } from './commands/export.ts';
import { addGateway } from './commands/gateway.ts';
import { addHelp } from './commands/help.ts';
import { addHold } from './commands/hold.ts';
import { addInit } from './commands/init.ts';
import { addPolicy } from './commands/policy.ts';
import { addRepo } from './commands/repo.ts';
import { addLink } from './commands/repo-link.ts';
import { addVersion } from './commands/version.ts';
import { KtCommand } from './kt-command.ts';
import { addGlobalOptions, addTimeoutAliases } from './options.ts';
import { VERSION } from './version.ts';

const HELP = `
Settings: --api-url and --api-token, else a profile named by --profile, else KEEPTRUSTS_API_URL and
KEEPTRUSTS_API_TOKEN, else the default profile, else the local stack that runs here. A token set beside
a URL is sent to that origin only. Over http:// it is sent to this machine only, unless --insecure.
Exit codes: 0 yes or done, 1 the answer is no, 2 could not tell.`;

/** That a switch is off, and a list empty, unless it is given goes without saying. */
function optionDescription(this: Help, option: Option): string {
  const isNothing =
    option.defaultValue === false || (Array.isArray(option.defaultValue) && option.defaultValue.length === 0);
  return isNothing ? option.description : Help.prototype.optionDescription.call(this, option);
}

/** Throws a `CommanderError` instead of ending the process. */
export function program(): KtCommand {
  const kt = new KtCommand('kt');
  kt.description('Git as the source of truth for what AI gateways enforce.')
    .version(VERSION, '-V, --version', 'print the version')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true, optionDescription })
    .showHelpAfterError('(--help says more)')
    .addHelpText('after', HELP);
  addGlobalOptions(kt);
  addAuth(kt);
  addLink(addConfig(kt), 'git-link');
  addRepo(kt);
  addConfiguration(kt);
  addVersion(kt);
  addHold(kt);
  addGateway(kt);
  addEvents(kt);
  addExport(kt);
  addInit(kt);
  addPolicy(kt);
  addDrift(kt);
  addDoctor(kt);
  addCompletion(kt);
  addHelp(kt);
  addTimeoutAliases(kt);
  return kt;
}
