/** `kt auth token`: make, list and revoke tokens. */
import { type Command, Option } from 'commander';
import { action, idAsked } from '../action.ts';
import { EXIT } from '../exit-code.ts';
import { usage } from '../failure.ts';
import { jsonOption, wholeNumber } from '../options.ts';

interface Json {
  readonly json: boolean;
}
interface CreateOptions extends Json {
  readonly name: string;
  readonly scope?: string;
  readonly roleId?: string;
  readonly role?: string;
  readonly team?: string;
  readonly expiresInDays?: number;
  readonly expiresAt?: string;
}

const TOKENS = '/v1/tokens';
/** Scopes that say for whom, and not what. */
const LEVELS: readonly string[] = ['org', 'team'];

export function addToken(auth: Command): void {
  const token = auth.command('token').description('Make, list and revoke tokens.');
  addCreate(token);
  addList(token);
  token
    .command('revoke')
    .description('Revoke a token: it is refused from now on.')
    .argument('[id]', 'the token: the part of it between kt_live_ and the next _')
    .option('--token-id <id>', 'the token')
    .addOption(jsonOption())
    .action(
      action<Json & { tokenId?: string }>(async ({ args, options, api, output }) => {
        const { publicId } = await import('../api-token.ts');
        const id = publicId(idAsked('token', args[0], options.tokenId));
        await (await api()).tell('DELETE', `${TOKENS}/${encodeURIComponent(id)}`);
        if (options.json) output.json({ id, revoked: true });
        else output.line(`${id} is revoked.`);
        return EXIT.ok;
      }),
    );
}

function addCreate(token: Command): void {
  token
    .command('create')
    .description('Make a token that may do no more than yours.')
    .requiredOption('--name <name>', 'what it is called in lists and in the audit log')
    .option(
      '--role <role>',
      'configurations_reader, configurations_writer, configurations_activator or admin',
    )
    .option('--role-id <id>', 'the same as --role; may begin with role_')
    .option('--scope <scope>', 'org, team, or permissions: configurations:write,gateways:read')
    .option('--team <team>', 'the one team that it acts for')
    .addOption(
      new Option('--expires-in-days <n>', 'how long it is good')
        .argParser(wholeNumber(1, 3650))
        .conflicts('expiresAt'),
    )
    .option('--expires-at <time>', 'until when it is good: 2026-12-31T00:00:00Z')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nThe token is printed once, on standard output alone: kt auth token create … > token',
    )
    .action(
      action<CreateOptions>(async ({ options, api, output }) => {
        const { CREATED_TOKEN } = await import('../answers.ts');
        const { name, scope, roleId, role, team, expiresInDays, expiresAt } = options;
        if ((role ?? roleId) === undefined && (scope === undefined || LEVELS.includes(scope)))
          throw usage('what may the token do? Give --role, or --scope with permissions');
        const body = {
          name,
          scope,
          role_id: roleId,
          role,
          team,
          expires_in_days: expiresInDays,
          expires_at: expiresAt,
        };
        const { value, raw } = await (await api()).call('POST', TOKENS, CREATED_TOKEN, { body });
        if (options.json) output.json(raw);
        else output.line(value.token);
        const until = value.expires_at === null ? 'does not expire' : `is good until ${value.expires_at}`;
        output.note(`Token ${value.id} was made; it ${until}. It is stored nowhere: keep it now.`);
        return EXIT.ok;
      }),
    );
}

function addList(token: Command): void {
  token
    .command('list')
    .description('List tokens that have not expired. Their secrets are not known to anybody.')
    .addOption(jsonOption())
    .action(
      action<Json>(async ({ options, api, output }) => {
        const { TOKEN } = await import('../answers.ts');
        const { listData } = await import('../list-all.ts');
        const { items, raw } = await listData(await api(), TOKENS, {}, TOKEN);
        if (options.json) output.json(raw);
        else
          output.table(
            ['ID', 'NAME', 'ROLE', 'TEAM', 'GATEWAY', 'CREATED', 'EXPIRES'],
            items.map((item) => [
              item.id,
              item.name,
              item.role ?? item.permissions.join(','),
              item.team,
              item.gateway_id,
              item.created_at,
              item.expires_at ?? 'never',
            ]),
          );
        return EXIT.ok;
      }),
    );
}
