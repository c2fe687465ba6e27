/** Functions and schedules act as their roles, as the service that runs them does, for as long as the stack runs. */
import type { Session, Sessions } from '../sts/sessions.ts';
import { ACCOUNT } from '../template/template.ts';
import { type Context, contextOf } from './request.ts';

const LAMBDA = { service: 'lambda.amazonaws.com', context: contextOf({}) };
const SCHEDULER = {
  service: 'scheduler.amazonaws.com',
  context: contextOf({ 'aws:SourceAccount': [ACCOUNT] }),
};

/** Lambda renews the credentials of a function by itself. */
const AS_LONG_AS_IT_RUNS_S = 10 * 365 * 24 * 3600;

interface Actor {
  readonly id: string;
  readonly roleArn: string;
}

/** Throws when the role does not let Lambda have it. */
export const functionSession = (of: Actor, sessions: Sessions) => sessionOf(of, LAMBDA, sessions);

export const scheduleSession = (of: Actor, sessions: Sessions) => sessionOf(of, SCHEDULER, sessions);

function sessionOf(
  { id, roleArn }: Actor,
  by: { readonly service: string; readonly context: Context },
  sessions: Sessions,
): Session {
  return sessions.assume({ roleArn, name: id, seconds: AS_LONG_AS_IT_RUNS_S, policy: null, by });
}

/** The variables that a function finds its credentials in. */
export function credentialEnvironment(session: Session): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: session.accessKeyId,
    AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
    AWS_SESSION_TOKEN: session.sessionToken,
  };
}
