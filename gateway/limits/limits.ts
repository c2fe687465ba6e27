/** Limits: who may ask, how often and how much, before any policy looks at what is asked. */
import type { Sections } from '../engine/sections.ts';
import type { WindowName } from '../engine/state/windows.ts';
import { keyOf, type State } from '../engine/state.ts';
import { clientAddress, networkOf } from './client-address.ts';
import { allowlistOf } from './ip-allowlist.ts';

export interface Caller {
  /** Of the connection. */
  readonly ip: string;
  /** By lower-case name; several of one name joined by commas. */
  readonly headers: ReadonlyMap<string, string>;
  /** As far as it is known: `Content-Length`, or what was read. */
  readonly bodyBytes: number;
}

type Admission =
  | { readonly kind: 'ok' }
  | {
      readonly kind: 'refused';
      readonly status: 403 | 413 | 429;
      readonly code: string;
      readonly message: string;
      /** For `Retry-After`. */
      readonly retryAfterSeconds?: number;
    };

export interface Limits {
  /** Counts the request, unless it is refused: what is refused takes nothing from anybody. */
  admit(caller: Caller): Admission;
  /** Counts tokens of a request that was answered: those the provider reported, else an estimate of them. */
  tokens(count: number): void;
  readonly maxBodyBytes: number;
  readonly maxResponseBytes: number;
}

/** Where the document says nothing. The longest text that policies look at is much shorter. */
const DEFAULT_MAX_BODY_BYTES = 10 * 1024 * 1024;
const DEFAULT_MAX_RESPONSE_BYTES = 10 * 1024 * 1024;
/** As `rbac` has it; the documentation names no default. */
const USER_HEADERS: readonly string[] = ['x-user-id'];

interface RequestLimit {
  readonly code: string;
  readonly most: number;
  name(caller: Caller): WindowName;
}

/** `sections`: null for a document of one policy, which has no limits of its own. */
export function limitsOf(sections: Sections | null, { windows }: Pick<State, 'windows'>): Limits {
  const { max_body_bytes: maxBodyBytes = DEFAULT_MAX_BODY_BYTES, max_response_bytes: maxResponseBytes } =
    sections?.size_limits ?? {};
  const mayCall = originCheck(sections);
  const counted = requestLimits(sections);
  const budget = sections?.token_rate_limit;
  const tokens: WindowName = { scope: 'token', key: 'all', seconds: budget?.window_seconds ?? 1 };
  return {
    maxBodyBytes,
    maxResponseBytes: maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES,
    admit(caller) {
      if (!mayCall(caller)) return refused(403, 'ip_not_allowed', 'This address may not call the gateway.');
      if (caller.bodyBytes > maxBodyBytes)
        return refused(413, 'body_too_large', `The body is larger than ${maxBodyBytes} bytes.`);
      const names = counted.map((limit) => ({ ...limit, window: limit.name(caller) }));
      const reached = names.find(({ most, window }) => windows.used(window) >= most);
      if (reached) return tooMany(reached.code, 'Too many requests.', windows.endsIn(reached.window));
      if (budget && windows.used(tokens) >= budget.max_tokens)
        return tooMany('token_rate_limit_exceeded', 'Too many tokens.', windows.endsIn(tokens));
      for (const { window } of names) windows.add(window, 1);
      return { kind: 'ok' };
    },
    tokens(count) {
      if (budget && count > 0) windows.add(tokens, count);
    },
  };
}

function requestLimits(sections: Sections | null): readonly RequestLimit[] {
  const { global_rate_limit: global, ip_rate_limit: ip, user_rate_limit: user } = sections ?? {};
  const limits: RequestLimit[] = [];
  if (global)
    limits.push({
      code: 'global_rate_limit_exceeded',
      most: global.max_requests,
      name: () => ({ scope: 'global', key: 'all', seconds: global.window_seconds }),
    });
  if (ip)
    limits.push({
      code: 'ip_rate_limit_exceeded',
      most: ip.max_requests,
      name(caller) {
        const address = addressOf(caller, ip.trust_proxy_depth);
        // Those whose address cannot be read are one caller.
        const key = keyOf(address === null ? 'unreadable' : networkOf(address));
        return { scope: 'ip', key, seconds: ip.window_seconds };
      },
    });
  if (user)
    limits.push({
      code: 'user_rate_limit_exceeded',
      most: user.max_requests,
      name({ headers }) {
        const names = (user.header_names ?? USER_HEADERS).map((name) => name.toLowerCase());
        const named = names.find((name) => (headers.get(name) ?? '').trim() !== '');
        // Those who do not say who they are are one user.
        const key = named === undefined ? keyOf('nobody') : keyOf(named, (headers.get(named) ?? '').trim());
        return { scope: 'user', key, seconds: user.window_seconds };
      },
    });
  return limits;
}

function originCheck(sections: Sections | null): (caller: Caller) => boolean {
  const section = sections?.ip_allowlist;
  if (!section?.enabled) return () => true;
  const isAllowed = allowlistOf(section.cidrs);
  return (caller) => isAllowed(addressOf(caller, section.trust_proxy_depth));
}

const addressOf = ({ ip, headers }: Caller, depth: number) =>
  clientAddress(ip, headers.get('x-forwarded-for'), depth);

const refused = (status: 403 | 413, code: string, message: string): Admission => ({
  kind: 'refused',
  status,
  code,
  message,
});

const tooMany = (code: string, message: string, retryAfterSeconds: number): Admission => ({
  kind: 'refused',
  status: 429,
  code,
  message,
  retryAfterSeconds,
});
