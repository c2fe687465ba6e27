/** The session of an agent: by the header that names it, else by how the conversation began. */
import type { EvaluationRequest } from '../request.ts';
import { keyOf } from '../state.ts';

/** A choice of this project: the documentation speaks of sessions and names no header. */
const SESSION_HEADER = 'x-session-id';
/** Sessions of one caller are nothing to another. */
const CALLER_HEADERS: readonly string[] = ['authorization', 'x-user-id'];

export interface SessionName {
  readonly key: string;
  /** By a header: then it may hold more than this conversation shows. */
  readonly isNamed: boolean;
}

/**
 * A conversation grows at its end, so its beginning, up to the first message of a user, stays the same. Conversations
 * that begin alike are then one session, which is the stricter way to be wrong.
 */
export function sessionOf({ headers, messages }: EvaluationRequest): SessionName {
  const caller = CALLER_HEADERS.map((name) => headers.get(name) ?? '');
  const named = (headers.get(SESSION_HEADER) ?? '').trim();
  if (named !== '') return { key: keyOf('named', ...caller, named), isNamed: true };
  const first = messages.findIndex(({ role }) => role === 'user');
  const opening = messages.slice(0, first + 1).flatMap(({ role, content }) => [role, content]);
  return { key: keyOf('opening', ...caller, ...opening), isNamed: false };
}
