/** Bootstrap: the first admin token of a deployment, written by whoever may write to its table. */
import { ROLES, type Token } from '../lib/domain/token.ts';
import { createToken, type TokenPorts } from '../lib/pipeline/manage/tokens.ts';

export type BootstrapOutcome =
  | { readonly kind: 'created'; readonly token: Token; readonly text: string }
  /** Somebody holds an admin token already, and may make the next one through the API. */
  | { readonly kind: 'bootstrapped already'; readonly by: Token };

/** With `force` there may be an admin already: its token was lost. */
export async function bootstrap(
  { name, force }: { name: string; force: boolean },
  ports: TokenPorts,
): Promise<BootstrapOutcome> {
  const admin = force ? null : await findAdmin(ports);
  if (admin) return { kind: 'bootstrapped already', by: admin };
  const wish = { name, role: 'admin', permissions: ROLES.admin, team: null, expiresAt: null } as const;
  const caller = { actor: 'kt auth bootstrap', requestId: 'kt' };
  return { kind: 'created', ...(await createToken(wish, caller, ports)) };
}

/** A token that can make tokens for the whole organisation, and has not expired. */
async function findAdmin({ tokens, clock }: TokenPorts): Promise<Token | null> {
  const now = clock.now().getTime();
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof tokens.list>> = await tokens.list(null, after);
    const admin = page.items.find(
      ({ team, permissions, expiresAt }) =>
        team === null &&
        permissions.includes('tokens:write') &&
        (expiresAt === null || Date.parse(expiresAt) > now),
    );
    if (admin) return admin;
    after = page.next;
  } while (after !== null);
  return null;
}
