/** Limits: rates, sizes, networks, and what a page of a browser may read. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../gateway/engine/compile.ts';
import { newState } from '../../gateway/engine/state.ts';
import { clientAddress, networkOf } from '../../gateway/limits/client-address.ts';
import { corsOf } from '../../gateway/limits/cors.ts';
import { type Caller, limitsOf } from '../../gateway/limits/limits.ts';
import { testClock } from './clock.ts';
import { documentOf } from './evaluating.ts';

function sectionsFor(more: object) {
  const compiled = compile(documentOf({ 'audit-logger': {} }, more));
  if (compiled.kind !== 'ready') throw new Error(JSON.stringify(compiled));
  return compiled.sections;
}

function limitsFor(more: object) {
  const clock = testClock();
  return { clock, limits: limitsOf(sectionsFor(more), newState(clock)) };
}

const caller = (given: Partial<Omit<Caller, 'headers'>> & { headers?: Record<string, string> }): Caller => ({
  ip: '203.0.113.7',
  bodyBytes: 10,
  ...given,
  headers: new Map(Object.entries(given.headers ?? {})),
});
const RATE = { max_requests: 2, window_seconds: 60 };
const OK = { kind: 'ok' };

describe('rate limits', () => {
  it('refuse what is one too many, say when to come back, and let it in then', () => {
    const { limits, clock } = limitsFor({ global_rate_limit: RATE });
    expect([limits.admit(caller({})), limits.admit(caller({}))]).toEqual([OK, OK]);
    clock.pass(15);
    expect(limits.admit(caller({}))).toMatchObject({
      status: 429,
      code: 'global_rate_limit_exceeded',
      retryAfterSeconds: 45,
    });
    clock.pass(45);
    expect(limits.admit(caller({}))).toEqual(OK);
  });

  it('of an address count an IPv6 network of a subscriber as one, and an IPv4 address in IPv6 dress as itself', () => {
    const { limits } = limitsFor({ ip_rate_limit: RATE });
    const from = (ip: string) => limits.admit(caller({ ip })).kind;
    expect([from('2001:db8::1'), from('2001:db8::2'), from('2001:db8::3'), from('2001:db8:0:1::1')]).toEqual([
      'ok',
      'ok',
      'refused',
      'ok',
    ]);
    expect([from('192.0.2.1'), from('::ffff:192.0.2.1'), from('192.0.2.1'), from('192.0.2.2')]).toEqual([
      'ok',
      'ok',
      'refused',
      'ok',
    ]);
  });

  it('of a user go by the headers of the document, or by X-User-ID, and take all who name nobody for one', () => {
    const own = limitsFor({ user_rate_limit: { ...RATE, header_names: ['X-Team', 'X-Who'] } }).limits;
    const as = (headers: Record<string, string>) => own.admit(caller({ headers })).kind;
    expect([
      as({ 'x-who': 'a' }),
      as({ 'x-who': ' a' }),
      as({ 'x-who': 'a' }),
      as({ 'x-team': 'a' }),
    ]).toEqual(['ok', 'ok', 'refused', 'ok']);
    const usual = limitsFor({ user_rate_limit: RATE }).limits;
    const kinds = [{}, { 'x-user-id': ' ' }, {}, { 'x-user-id': 'a' }].map(
      (headers) => usual.admit(caller({ headers })).kind,
    );
    expect(kinds).toEqual(['ok', 'ok', 'refused', 'ok']);
  });

  it('take nothing from the others when one of them refuses', () => {
    const { limits } = limitsFor({
      global_rate_limit: { max_requests: 3, window_seconds: 60 },
      ip_rate_limit: RATE,
    });
    for (let i = 0; i < 10; i++) limits.admit(caller({}));
    expect(limits.admit(caller({ ip: '203.0.113.8' }))).toEqual(OK);
    expect(limits.admit(caller({ ip: '203.0.113.8' }))).toMatchObject({ code: 'global_rate_limit_exceeded' });
  });

  it('of tokens refuse once the window is used up', () => {
    const { limits, clock } = limitsFor({ token_rate_limit: { max_tokens: 100, window_seconds: 10 } });
    limits.tokens(99);
    expect(limits.admit(caller({}))).toEqual(OK);
    limits.tokens(1);
    expect(limits.admit(caller({}))).toMatchObject({
      status: 429,
      code: 'token_rate_limit_exceeded',
      retryAfterSeconds: 10,
    });
    clock.pass(10);
    expect(limits.admit(caller({}))).toEqual(OK);
  });

  it('outlive a version', () => {
    const state = newState(testClock());
    const before = limitsOf(sectionsFor({ global_rate_limit: RATE }), state);
    expect([before.admit(caller({})), before.admit(caller({}))]).toEqual([OK, OK]);
    expect(limitsOf(sectionsFor({ global_rate_limit: RATE }), state).admit(caller({})).kind).toBe('refused');
  });

  it('are none for a document of one policy', () => {
    expect(limitsOf(null, newState()).admit(caller({ bodyBytes: 1e6 }))).toEqual(OK);
  });
});

describe('size limits', () => {
  it('are those of the document, and some where it has none', () => {
    const { limits } = limitsFor({ size_limits: { max_body_bytes: 10, max_response_bytes: 20 } });
    expect(limits.admit(caller({ bodyBytes: 10 }))).toEqual(OK);
    expect(limits.admit(caller({ bodyBytes: 11 }))).toMatchObject({ status: 413, code: 'body_too_large' });
    expect([limits.maxBodyBytes, limits.maxResponseBytes]).toEqual([10, 20]);
    const usual = limitsFor({}).limits;
    expect([usual.maxBodyBytes, usual.maxResponseBytes]).toEqual([10_485_760, 10_485_760]);
  });
});

describe('the list of networks', () => {
  const { limits } = limitsFor({ ip_allowlist: { cidrs: ['10.0.0.0/8', '2001:db8::/32'] } });

  it.each([
    ['10.1.2.3', 'ok'],
    ['::ffff:10.1.2.3', 'ok'],
    ['2001:db8:1::1', 'ok'],
    ['11.0.0.1', 'refused'],
    ['2001:db9::1', 'refused'],
    ['', 'refused'],
    ['localhost', 'refused'],
  ])('%s: %s', (ip, kind) => {
    expect(limits.admit(caller({ ip })).kind).toBe(kind);
  });

  it('does not believe X-Forwarded-For unless a proxy in front is trusted', () => {
    const headers = { 'x-forwarded-for': '10.0.0.1' };
    expect(limits.admit(caller({ headers }))).toMatchObject({ status: 403, code: 'ip_not_allowed' });
    const behind = limitsFor({ ip_allowlist: { cidrs: ['10.0.0.0/8'], trust_proxy_depth: 1 } }).limits;
    expect(behind.admit(caller({ headers }))).toEqual(OK);
    const forged = { 'x-forwarded-for': '10.0.0.1, 198.51.100.1' };
    expect(behind.admit(caller({ headers: forged })).kind).toBe('refused');
  });

  it('may be switched off', () => {
    const off = limitsFor({ ip_allowlist: { enabled: false, cidrs: [] } }).limits;
    expect(off.admit(caller({}))).toEqual(OK);
  });

  it('lets nobody in by what is no network', () => {
    const odd = limitsFor({ ip_allowlist: { cidrs: ['1:2/0'] } }).limits;
    expect(odd.admit(caller({ ip: '2001:db8::1' })).kind).toBe('refused');
  });
});

describe("the client's address", () => {
  it.each([
    ['203.0.113.9', 0, '192.0.2.1'],
    ['203.0.113.9', 1, '203.0.113.9'],
    ['6.6.6.6, 203.0.113.9, 10.0.0.2', 2, '203.0.113.9'],
    ['203.0.113.9', 5, '203.0.113.9'],
    ['203.0.113.9:4711', 1, '203.0.113.9'],
    ['[2001:DB8::0:1]:443', 1, '2001:db8::1'],
    ['fe80::1%eth0', 1, 'fe80::1'],
    ['unknown', 1, null],
    ['1.2.3.4, ', 1, null],
    ['010.0.0.1', 1, null],
    [undefined, 3, '192.0.2.1'],
    ['[fe80::1%eth0]', 1, 'fe80::1'],
  ])('from %j at depth %i is %j', (forwarded, depth, address) => {
    expect(clientAddress('192.0.2.1', forwarded, depth)).toBe(address);
  });

  it('is read from the end of a header of any length', () => {
    expect(clientAddress('192.0.2.1', `${'6.6.6.6,'.repeat(100_000)}203.0.113.9`, 1)).toBe('203.0.113.9');
  });

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['1::', '1:0:0:0::/64'],
  ])('%s is in %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe('cors', () => {
  const of = (cors: object) => corsOf(sectionsFor({ cors })?.cors);
  const asks = (more: Record<string, string>) =>
    new Map(Object.entries({ 'access-control-request-method': 'POST', ...more }));

  it('lets nobody read anything when it is not there, or switched off', () => {
    for (const cors of [corsOf(undefined), of({ enabled: false, allow_origins: ['*'] })]) {
      expect(cors.headers('https://app.example')).toEqual({});
      expect(cors.preflight(asks({ origin: 'https://app.example' }))).toBeNull();
    }
  });

  it('names the origin that it allows, and tells caches that answers differ', () => {
    const cors = of({
      allow_origins: ['https://app.example/'],
      credentials: true,
      expose_headers: ['x-request-id'],
    });
    expect(cors.headers('https://APP.example')).toEqual({
      vary: 'Origin',
      'access-control-allow-origin': 'https://APP.example',
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'x-request-id',
    });
    for (const origin of ['https://app.example.evil.example', 'null', undefined])
      expect(cors.headers(origin)).toEqual({ vary: 'Origin' });
  });

  it('never allows every page the credentials of the user', () => {
    // Lint refuses such a document; whoever gets one all the same is safe.
    expect(corsOf({ allow_origins: ['*'], credentials: true }).headers('https://evil.example')).toEqual({
      'access-control-allow-origin': '*',
    });
  });

  it('answers a preflight with what is allowed', () => {
    const cors = of({ allow_origins: ['https://app.example'], allow_headers: ['X-A', 'X-B'], max_age: 600 });
    expect(cors.preflight(asks({ origin: 'https://app.example' }))).toEqual({
      vary: 'Origin',
      'access-control-allow-origin': 'https://app.example',
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'X-A, X-B',
      'access-control-max-age': '600',
    });
    expect(cors.preflight(asks({ origin: 'https://evil.example' }))).toEqual({ vary: 'Origin' });
    expect(cors.preflight(new Map([['origin', 'https://app.example']]))).toBeNull();
  });

  it('repeats names that are asked for when all are allowed, and nothing but names', () => {
    const cors = of({ allow_origins: ['https://app.example'], allow_methods: ['*'], allow_headers: ['*'] });
    const asked = asks({
      origin: 'https://app.example',
      'access-control-request-headers': 'x-one, x-two\r\nset-cookie: a=b, x three',
    });
    expect(cors.preflight(asked)).toMatchObject({
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'x-one',
    });
  });
});
