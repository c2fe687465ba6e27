/** Sessions: the temporary credentials that are out, in memory, and what each may do. */
import { randomBytes } from 'node:crypto';
import { base32 } from '../../lib/domain/ids.ts';
import {
  type Decision,
  decide,
  type Holder,
  type ResourcePolicies,
  type Role,
  trusts,
} from '../iam/decide.ts';
import type { Statement } from '../iam/policy.ts';
import type { Context, IamRequest } from '../iam/request.ts';
import { AwsFailure } from './failure.ts';

export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAt: Date;
  /** Who the holder is, as errors name it. */
  readonly arn: string;
  readonly roleId: string;
}

interface Kept extends Session, Holder {}

export interface Assume {
  readonly roleArn: string;
  readonly name: string;
  readonly seconds: number;
  /** Null: whatever the role may do. */
  readonly policy: readonly Statement[] | null;
  /** The service that acts as the role; left out, whoever was allowed to assume it. */
  readonly by?: { readonly service: string; readonly context: Context };
}

/** What a request says of who signed it. */
export interface Signed {
  readonly authorization: string | undefined;
  readonly token: string | undefined;
}

export interface Sessions {
  know(role: Role): void;
  /** What keys, queues and roles say themselves of who may use them. */
  knowPolicies(of: ReadonlyMap<string, readonly Statement[]>): void;
  /** Throws an `AwsFailure` for a role that is not there, or that the service may not have. */
  assume(wish: Assume): Session;
  /**
   * Why a call may not do all that it asks for; null when it may, and for every call that no temporary credentials
   * signed: those are of whoever runs this machine.
   */
  refusal(signed: Signed, requests: () => readonly IamRequest[]): AwsFailure | null;
  /** The same of a session at hand. */
  refusalOf(session: Session, requests: readonly IamRequest[]): AwsFailure | null;
}

/** How long a session is remembered after its end, to tell what has expired from what never was. */
const REMEMBERED_MS = 24 * 3_600_000;

/** `decided` hears of everything that was asked for, allowed or not. */
export function localSessions(now: () => number, decided: (decision: Decision) => void = () => {}): Sessions {
  const roles = new Map<string, Role>();
  const policies = new Map<string, readonly Statement[]>();
  const sessions = new Map<string, Kept>();
  const resources: ResourcePolicies = (arn) => policies.get(arn) ?? [];

  function refusalOf({ accessKeyId }: Session, requests: readonly IamRequest[]): AwsFailure | null {
    const session = sessions.get(accessKeyId);
    if (!session) throw new Error('a session of somewhere else');
    for (const request of requests) {
      const decision = decide(session, request, resources);
      decided(decision);
      if (!decision.allowed) return denied(session, decision);
    }
    return null;
  }

  function forget(): void {
    for (const [id, { expiresAt }] of sessions)
      if (expiresAt.getTime() + REMEMBERED_MS < now()) sessions.delete(id);
  }

  return {
    know: (role) => {
      roles.set(role.arn, role);
    },

    knowPolicies: (of) => {
      for (const [arn, statements] of of) policies.set(arn, statements);
    },

    assume: ({ roleArn, name, seconds, policy, by }) => {
      const role = roles.get(roleArn);
      if (!role || (by && !trusts(role, by.service, by.context)))
        throw new AwsFailure(
          'AccessDenied',
          `${by?.service ?? 'User'} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
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
        name,
        session: policy,
      };
      sessions.set(session.accessKeyId, session);
      return session;
    },

    refusal: (signed, requests) => {
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
      return refusalOf(session, requests());
    },

    refusalOf,
  };
}

/** In AWS's words: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
function denied({ arn }: Session, { request, why }: Extract<Decision, { allowed: false }>): AwsFailure {
  const { action, resource } = request;
  const because =
    why === 'explicit deny'
      ? 'with an explicit deny in a policy'
      : `because no ${why === 'identity' || why === 'resource' ? `${why}-based` : why} policy allows the ${action} action`;
  return new AwsFailure(
    'AccessDenied',
    `User: ${arn} is not authorized to perform: ${action} on resource: ${resource} ${because}`,
  );
}

/** Signed with what STS hands out, whether or not it still is good. */
export const isTemporary = (signed: Signed): boolean => temporaryKeyOf(signed) !== null;

/** Temporary access keys begin with ASIA (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html). */
function temporaryKeyOf({ authorization = '' }: Signed): string | null {
  return /^AWS4-HMAC-SHA256 +Credential=(ASIA[^/]*)\//.exec(authorization)?.[1] ?? null;
}
