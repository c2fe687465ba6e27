/** Stances on the sections beside policies and providers: limits, network, runtime, tests. */
import { byNetwork, byWildcard } from '../cover.ts';
import { grouped, keyed, rateLimit, switched } from '../groups.ts';
import { ceiling, guard, neutral, opening, ranked, undecided } from '../ordered.ts';
import { allowing, undecidedSet } from '../sets.ts';
import type { OpenStance, StanceTable } from '../stance.ts';

const ADDRESS = 'it decides which address counts as the caller’s';

export const LIMITS: StanceTable = {
  global_rate_limit: rateLimit('the limit of all requests', 'max_requests', 'requests'),
  'global_rate_limit.max_requests': grouped,
  'global_rate_limit.window_seconds': grouped,
  ip_rate_limit: rateLimit('the limit of requests per address', 'max_requests', 'requests'),
  'ip_rate_limit.max_requests': grouped,
  'ip_rate_limit.window_seconds': grouped,
  'ip_rate_limit.trust_proxy_depth': undecided(ADDRESS, 0),
  user_rate_limit: rateLimit('the limit of requests per user', 'max_requests', 'requests'),
  'user_rate_limit.max_requests': grouped,
  'user_rate_limit.window_seconds': grouped,
  'user_rate_limit.header_names': undecidedSet(
    'the headers that name a user',
    'users are told apart in another way',
  ),
  token_rate_limit: rateLimit('the limit of tokens', 'max_tokens', 'tokens'),
  'token_rate_limit.max_tokens': grouped,
  'token_rate_limit.window_seconds': grouped,
  'token_rate_limit.scope': undecided('only one scope is documented', 'global'),
  'size_limits.max_body_bytes': ceiling('the largest request', { unit: 'bytes' }),
  'size_limits.max_response_bytes': ceiling('the largest answer', { unit: 'bytes' }),
};

export const NETWORK: StanceTable = {
  ip_allowlist: switched('the list of networks', true, {
    effect: 'tightens',
    turnedOn: 'only callers from the listed networks are let in now',
    turnedOff: 'callers from every network are let in now',
  }),
  'ip_allowlist.enabled': guard('the list of networks', true),
  'ip_allowlist.cidrs': allowing('the networks that are let in', {
    cover: byNetwork,
    empty: 'whether an empty list lets in everybody or nobody is not documented',
  }),
  'ip_allowlist.trust_proxy_depth': undecided(ADDRESS, 0),
  cors: switched('access from other sites', true, {
    effect: 'loosens',
    turnedOn: 'pages of other sites may call the gateway now',
    turnedOff: 'pages of other sites may no longer call the gateway',
  }),
  'cors.enabled': opening('access from other sites'),
  'cors.allow_origins': allowing('the sites whose pages may call', { cover: byWildcard }),
  'cors.allow_methods': allowing('the methods that other sites may use', { cover: byWildcard }),
  'cors.allow_headers': allowing('the headers that other sites may send', { cover: byWildcard }),
  'cors.expose_headers': allowing('the headers that other sites may read', { cover: byWildcard }),
  'cors.credentials': opening('credentials in calls from other sites'),
  'cors.max_age': neutral('how long a browser remembers the answer decides nothing'),
};

const agents: OpenStance = {
  shape: 'open',
  verdict: { effect: 'unknown', reason: 'what can be said of an agent is not documented' },
};

export const RUNTIME: StanceTable = {
  agents,
  loads: switched('recalling earlier conversations', false),
  'loads.enabled': undecided('earlier conversations become part of prompts, or cease to', false),
  'loads.backend': undecided('earlier conversations are kept elsewhere'),
  'loads.recall_top_k': undecided('another number of earlier conversations becomes part of a prompt', 5),
  'loads.write_mode': ranked('what is kept of a conversation', [['read_only'], ['metadata_only'], ['full']]),
  'loads.timeout_ms': neutral('how long recalling may take decides nothing', 3000),
  'loads.fail_open': opening('going on when earlier conversations cannot be read', true),
  'history.enabled': undecided('a history is evidence, and it is personal data'),
  'history.mode': undecided('only one mode is documented'),
  'history.include_blocked': undecided('a history of what was blocked is evidence, and it is personal data'),
  'history.retention_days': undecided('a longer history is more evidence, and more personal data'),
  'history.fail_open': opening('going on when the history cannot be written'),
  'gateway.listen_port': neutral('where the gateway listens decides nothing'),
};

const tests: OpenStance = { shape: 'open', verdict: { effect: 'neutral', reason: 'tests only' } };

export const TESTING: StanceTable = {
  'testing.default_threshold': tests,
  'testing.suites': keyed('the suite of tests', ['name'], 'neutral'),
  'testing.suites[]': tests,
  'testing.plugins': tests,
  'testing.strategies': tests,
};
