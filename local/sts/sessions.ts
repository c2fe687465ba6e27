/** Sessions: the temporary credentials that are out, in memory, and what each may do. */
import { randomBytes } from 'node:crypto';
import { base32 } from '../../lib/domain/ids.ts';
import { AwsFailure } from './failure.ts';
import { allows, type Policy } from './policy.ts';

/** A role of the template that something other than a service assumes. */
export interface AssumableRole {
  readonly arn: string;
  readonly policies: readonly Policy[];
}

export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAt: Date;
  /** Who the holder is, as errors name it. */
  readonly arn: string;
  readonly roleId: string;
}

interface Kept extends Session {
  readonly role: AssumableRole;
  /** Null: whatever the role may do. */
  readonly policy: Policy | null;
}

export interface Assume {
  readonly roleArn: string;
  readonly name: string;
  readonly seconds: number;
  readonly policy: Policy | null;
}

/** What a request says of who signed it. */
export interface Signed {
  readonly authorization: string | undefined;
  readonly token: string | undefined;
}

export interface Sessions {
  know(role: AssumableRole): void;
  /** Throws an `AwsFailure` for a role that is not there. */
  assume(wish: Assume): Session;
  /** Why a request may not do that; null when it may, and for every request that no temporary credentials signed. */
  refusal(signed: Signed, action: string, resource: string): AwsFailure | null;
}

/** How long a session is remembered after its end, to tell what has expired from what never was. */
const REMEMBERED_MS = 24 * 3_600_000;

export function localSessions(now: () => number): Sessions {
  const roles = new Map<string, AssumableRole>();
  const sessions = new Map<string, Kept>();

  function forget(): void {
    for (const [id, { expiresAt }] of sessions)
      if (expiresAt.getTime() + REMEMBERED_MS < now()) sessions.delete(id);
  }

  return {
    know: (role) => {
      roles.set(role.arn, role);
    },

    assume: ({ roleArn, name, seconds, policy }) => {
      const role = roles.get(roleArn);
      if (!role)
        throw new AwsFailure(
          'AccessDenied',
          `User is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
        );
      forget();
      const session: Kept = {
        accessKeyId: `ASIA${base32(randomBytes(10)).toUpperCase()}`,
        secretAccessKey: randomBytes(30).toString('base64'),
        sessionToken: randomBytes(96).toString('base64'),
        expiresAt: new Date(Math.floor(now() / 1000 + seconds) * 1000),
        arn: `${roleArn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/${name}`,
        roleId: `AROA${base32(Buffer.from(roleArn)).slice(-16).toUpperCase()}:${name}`,
        role,
        policy,
      };
      sessions.set(session.accessKeyId, session);
      return session;
    },

    refusal: (signed, action, resource) => {
      const keyId = temporaryKeyOf(signed);
      if (keyId === null) return null;
      const session = sessions.get(keyId);
      if (!session || session.sessionToken !== signed.token)
        return new AwsFailure(
          'InvalidClientTokenId',
          'The security token included in the request is invalid.',
        );
      if (session.expiresAt.getTime() <= now())
        return new AwsFailure('ExpiredToken', 'The security token included in the request is expired');
      const { role, policy, arn } = session;
      const why = !role.policies.some((one) => allows(one, action, resource))
        ? 'identity-based'
        : policy !== null && !allows(policy, action, resource)
          ? 'session'
          : null;
      return (
        why &&
        new AwsFailure(
          'AccessDenied',
          `User: ${arn} is not authorized to perform: ${action} on resource: ${resource} because no ${why} policy allows the ${action} action`,
        )
      );
    },
  };
}

/** Temporary access keys begin with ASIA (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html). */
function temporaryKeyOf({ authorization = '' }: Signed): string | null {
  return /^AWS4-HMAC-SHA256 +Credential=(ASIA[^/]*)\//.exec(authorization)?.[1] ?? null;
}
