/** Errors of the API: what is refused, with which status, in one envelope. */
import type * as z from 'zod';
import { Fault } from '../domain/fault.ts';
import type { Finding } from '../domain/finding.ts';

/** What each kind of refusal is called in `error.type`, and its status. */
export const REFUSALS = {
  invalid_request: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  too_large: 413,
  unsupported_media_type: 415,
  validation_error: 422,
  rate_limit: 429,
  internal_error: 500,
  unavailable: 503,
} as const;
export type RefusalType = keyof typeof REFUSALS;

export interface Detail {
  readonly field: string;
  readonly message: string;
}

/** Thrown to end a request. Everything in it is shown to the caller: it never holds a secret. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly type: RefusalType;
  readonly code: string;
  readonly details: readonly (Detail | (Detail & Finding))[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    type: RefusalType,
    code: string,
    message: string,
    more: { details?: readonly Detail[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.type = type;
    this.code = code;
    this.details = more.details ?? [];
    this.headers = more.headers ?? {};
  }

  get body() {
    const { type, message, code, details } = this;
    return { error: { type, message, code, ...(details.length > 0 ? { details } : {}) } };
  }
}

/** A message about each field, and all of them in the message a person reads first. */
export function invalid(details: readonly Detail[], code = 'invalid_field'): Refusal {
  const message = details.map((detail) => `${detail.field}: ${detail.message}`).join('; ');
  return new Refusal('invalid_request', code, message, { details });
}

export const invalidField = (field: string, message: string): Refusal => invalid([{ field, message }]);

/** Also what is there but belongs to another team: whoever asks must not learn that it exists. */
export function notFound(what: string): Refusal {
  return new Refusal('not_found', 'not_found', `there is no such ${what}`);
}

export function conflict(code: string, message: string, details: readonly Detail[] = []): Refusal {
  return new Refusal('conflict', code, message, { details });
}

/** Somebody else wrote at the same moment; the same call again decides on what is there now. */
export const changedMeanwhile = (): Refusal =>
  conflict('changed_meanwhile', 'it was changed by somebody else meanwhile; look again and repeat');

export function invalidPolicy(findings: readonly Finding[]): Refusal {
  const details = findings.map((finding) => ({ field: 'policy_yaml', ...finding }));
  const errors = findings.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  const where = first
    ? `: ${first.code} at line ${first.line}, column ${first.column}: ${first.message}`
    : '';
  const message = `policy_yaml: ${errors.length} error${errors.length === 1 ? '' : 's'}${where}`;
  return new Refusal('validation_error', 'invalid_policy', message, { details });
}

const MOST_DETAILS = 20;

/** What a field may be called, with a slip of the pen; a secret that was put in place of a name has digits or signs. */
const NAME = /^[A-Za-z_$][A-Za-z_$-]{0,39}$/;
/** In a path there are labels too, and indexes. */
const PART = /^[\w ./-]{1,64}$/;

const shown = (name: string, as: RegExp) => (as.test(name) ? name : `(a name of ${name.length} characters)`);

/** Zod's messages name what was expected and the type that came, never the value; unknown fields are named one by one. */
export function invalidShape(issues: readonly z.core.$ZodIssue[]): Refusal {
  const details = issues.flatMap(detailsOf).slice(0, MOST_DETAILS);
  const unknown = issues.every(({ code }) => code === 'unrecognized_keys');
  return invalid(details, unknown ? 'unknown_field' : 'invalid_field');
}

function detailsOf(issue: z.core.$ZodIssue): Detail[] {
  const path = issue.path.map((part) => shown(String(part), PART));
  const fieldOf = (...names: string[]) => [...path, ...names].join('.') || 'body';
  if (issue.code !== 'unrecognized_keys') return [{ field: fieldOf(), message: messageOf(issue) }];
  return issue.keys.map((key) => ({
    field: fieldOf(shown(key, NAME)),
    message: 'is not a field of this request',
  }));
}

/** What would be right, in the words of this API where zod's own are about types. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (!/^(Invalid input|Too small|Too big)\b/.test(issue.message)) return issue.message;
  if (issue.code === 'invalid_type')
    return issue.input === undefined ? 'is required' : `must be ${article(issue.expected)}`;
  if (issue.code === 'too_small') return `is at least ${issue.minimum}${unitOf(issue.origin)}`;
  if (issue.code === 'too_big') return `is at most ${issue.maximum}${unitOf(issue.origin)}`;
  return issue.message;
}

const article = (type: string) =>
  `${/^[aeio]/.test(type) ? 'an' : 'a'} ${type === 'int' ? 'whole number' : type}`;

const unitOf = (origin: string) =>
  origin === 'string' ? ' characters long' : origin === 'array' ? ' entries' : '';

/** What a thrown thing means to the caller; null for what is our own fault. */
export function refusalOf(error: unknown): Refusal | null {
  if (error instanceof Refusal) return error;
  if (error instanceof Fault && error.class === 'validation')
    return new Refusal('invalid_request', 'invalid_field', error.message);
  if (error instanceof Error && /Throttl|ThroughputExceeded|LimitExceeded/.test(error.name))
    return new Refusal('rate_limit', 'busy', 'too many requests at the moment; wait and repeat', {
      headers: { 'retry-after': '1' },
    });
  return null;
}

/** Says nothing but where to look. */
export function internalError(requestId: string): Refusal {
  return new Refusal('internal_error', 'internal_error', `something went wrong; quote request ${requestId}`);
}
