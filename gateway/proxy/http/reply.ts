/** Replies: what a gateway says itself, in the documented envelope. */
import type { ServerResponse } from 'node:http';

export type ErrorType = 'policy_violation' | 'rate_limit' | 'upstream_error' | 'validation_error';

export interface ErrorReply {
  readonly status: number;
  readonly type: ErrorType;
  readonly code: string;
  readonly message: string;
  /** Only of a violation: whose. */
  readonly policy?: string;
  readonly reasonCode?: string;
  /** Lines, one for each thing that is wrong. */
  readonly details?: readonly string[];
  readonly retryAfterSeconds?: number | null;
}

export function envelope({ type, message, policy, code, reasonCode, details }: ErrorReply): string {
  const error = {
    type,
    message,
    ...(policy === undefined ? {} : { policy }),
    code,
    ...(reasonCode === undefined ? {} : { reason_code: reasonCode }),
    ...(details === undefined ? {} : { details }),
  };
  return JSON.stringify({ error });
}

export function replyError(response: ServerResponse, reply: ErrorReply): void {
  if (reply.retryAfterSeconds != null) response.setHeader('retry-after', String(reply.retryAfterSeconds));
  replyJson(response, reply.status, envelope(reply));
}

/** Nothing when the client has gone, or something was said already. */
export function replyJson(response: ServerResponse, status: number, json: string): void {
  reply(response, status, 'application/json', json);
}

export function reply(response: ServerResponse, status: number, type: string, body: string): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = Buffer.from(body);
  response.writeHead(status, { 'content-type': type, 'content-length': bytes.length });
  response.end(bytes);
}
