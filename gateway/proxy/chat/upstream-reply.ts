/** What a client is told when no provider has answered. */
import type { ErrorReply } from '../http/reply.ts';
import type { UpstreamFailure } from '../upstreams/failure.ts';

export function upstreamReply({ kind, message, status, retryAfterSeconds }: UpstreamFailure): ErrorReply {
  const type = 'upstream_error' as const;
  switch (kind) {
    case 'rate_limit':
      return {
        status: 429,
        type: 'rate_limit',
        code: 'upstream_rate_limited',
        message: sentence(message),
        retryAfterSeconds: retryAfterSeconds ?? 1,
      };
    case 'rejected':
      // 409 is what a policy says, and the other codes of ours have their meaning too.
      return {
        status: status === 413 ? 413 : status === 404 ? 404 : 422,
        type,
        code: 'upstream_rejected',
        message: sentence(message),
      };
    case 'timeout':
      return { status: 502, type, code: 'upstream_timeout', message: sentence(message) };
    default:
      return { status: 502, type, code: 'upstream_failed', message: sentence(message) };
  }
}

const sentence = (text: string) =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

/** In a word, for whoever reads decisions. */
export const reasonOf = ({ kind }: UpstreamFailure): string =>
  kind === 'aborted' ? 'client_gone' : `upstream_${kind}`;
