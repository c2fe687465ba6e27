/** The chain: order, phases, bounds, and documents that no chain can be made of. */
import { describe, expect, it } from 'vitest';
import { MAX_TEXT_UNITS } from '../../gateway/engine/budget.ts';
import { compile } from '../../gateway/engine/compile.ts';
import { ENFORCEMENTS } from '../../gateway/engine/kinds/registry.ts';
import { KINDS } from '../../lib/policy/kinds.ts';
import { chainFor, documentOf, outcome, request, said } from './evaluating.ts';

const KEYWORD = { 'dlp-filter': { blocked_terms: ['secret'], action: 'block' } };

describe('a chain', () => {
  it('asks in the order of the document, and nobody after a stop', () => {
    const pii = { 'pii-detector': { action: 'block' } };
    const both = 'secret a@b.example';
    expect(outcome(chainFor({ ...KEYWORD, ...pii }), both).reasonCode).toBe('dlp.detected');
    const { reasonCode, results } = chainFor({ ...pii, ...KEYWORD }).evaluate(request({ text: both }));
    expect({ reasonCode, asked: results.map(({ kind }) => kind) }).toEqual({
      reasonCode: 'pii.detected',
      asked: ['pii-detector'],
    });
  });

  it('shows each policy what the one before it left', () => {
    const chain = chainFor({
      'pii-detector': {},
      'dlp-filter': { blocked_terms: ['example'], action: 'block' },
    });
    expect(outcome(chain, 'a@b.example')).toMatchObject({ verdict: 'redact', text: '[EMAIL]' });
  });

  it('does not look at an answer when the request was stopped', () => {
    const { results } = chainFor(KEYWORD).evaluate(request({ text: 'secret', answer: [said('secret')] }));
    expect(results.map(({ phase }) => phase)).toEqual(['input']);
  });

  it('prefers a stop to a redaction', () => {
    const chain = chainFor({ 'pii-detector': {}, ...KEYWORD });
    expect(outcome(chain, 'a@b.example secret')).toMatchObject({
      verdict: 'block',
      reasonCode: 'dlp.detected',
    });
  });
});

describe('a chain that is started', () => {
  it('judges the request first, and later the answer, with the results of both', () => {
    const { answer: _none, ...asked } = request({ text: 'a@b.example' });
    const exchange = chainFor({ 'pii-detector': {}, ...KEYWORD }).start(asked);
    expect(exchange.request).toMatchObject({
      verdict: 'redact',
      messages: [{ content: '[EMAIL]' }],
      answer: null,
    });
    const answered = exchange.answer([said('the secret', 'assistant')]);
    expect(answered).toMatchObject({ verdict: 'block', reasonCode: 'dlp.detected' });
    expect(answered.results.map(({ kind, phase }) => [kind, phase])).toEqual([
      ['pii-detector', 'input'],
      ['dlp-filter', 'input'],
      ['pii-detector', 'output'],
      ['dlp-filter', 'output'],
    ]);
    expect(exchange.request.results).toHaveLength(2);
  });
});

describe('the definitions of tools', () => {
  const definition = {
    role: 'definition',
    content: 'Ask secret@b.example',
    toolCalls: [],
    aside: 'definition',
  } as const;
  const messages = [said('hello'), definition, said('and c@d.example')];

  it('are for those who look for what must not leave, and are changed where they stand', () => {
    const { verdict, messages: on } = chainFor({ 'pii-detector': {} }).evaluate(request({ messages }));
    expect(verdict).toBe('redact');
    expect(on.map(({ content }) => content)).toEqual(['hello', 'Ask [EMAIL]', 'and [EMAIL]']);
    expect(on[1]?.aside).toBe('definition');
  });

  it('are nothing to the others, whose changes leave them as they are', () => {
    const chain = chainFor({ 'human-oversight': { require_human_for: ['secret'] }, 'prompt-injection': {} });
    expect(chain.evaluate(request({ messages })).verdict).toBe('allow');
  });
});

describe('the bounds of one request', () => {
  const BLOCKED = { verdict: 'block', reasonCode: 'engine.bound_exceeded' };

  it('block what is too long to be looked at', () => {
    const chain = chainFor({ 'audit-logger': {} });
    expect(outcome(chain, 'a'.repeat(MAX_TEXT_UNITS))).toMatchObject({ verdict: 'allow' });
    expect(outcome(chain, 'a'.repeat(MAX_TEXT_UNITS + 1))).toMatchObject(BLOCKED);
    const halves = [said('a'.repeat(MAX_TEXT_UNITS)), said('b')];
    expect(chain.evaluate(request({ messages: halves }))).toMatchObject(BLOCKED);
    expect(chain.evaluate(request({ answer: halves }))).toMatchObject(BLOCKED);
    const called = { ...said(''), toolCalls: [{ name: 'a'.repeat(MAX_TEXT_UNITS + 1), arguments: '' }] };
    expect(chain.evaluate(request({ messages: [called] }))).toMatchObject(BLOCKED);
    expect(chain.evaluate(request({ answer: [called] }))).toMatchObject(BLOCKED);
    const definitions = [{ of: 'a', texts: ['a'.repeat(MAX_TEXT_UNITS), 'b'] }];
    expect(chain.evaluate(request({ definitions }))).toMatchObject(BLOCKED);
  });

  it('block what has too many finds', () => {
    expect(outcome(chainFor({ 'pii-detector': {} }), 'a@b.example '.repeat(1001))).toMatchObject(BLOCKED);
    expect(outcome(chainFor({ 'dlp-filter': { detect_patterns: ['a'] } }), 'a'.repeat(1001))).toMatchObject(
      BLOCKED,
    );
  });

  it('block what would take too much work, as a pattern that searches to the end again and again', () => {
    const chain = chainFor({ 'dlp-filter': { detect_patterns: ['a.*z|a'] } });
    expect(outcome(chain, 'a'.repeat(900) + 'b'.repeat(MAX_TEXT_UNITS - 900))).toMatchObject(BLOCKED);
  });
});

describe('compile', () => {
  it('gives the sections of the document with their defaults, and where fields come from the environment', () => {
    const target = { id: 'a', provider: 'azure', azure_deployment_env: 'DEPLOYMENT' };
    const bytes = documentOf(
      { 'audit-logger': {} },
      { providers: { targets: [target] }, size_limits: { max_body_bytes: 10 } },
    );
    expect(compile(bytes)).toMatchObject({
      kind: 'ready',
      pack: { version: '1.0.0' },
      sections: {
        size_limits: { max_body_bytes: 10 },
        targets: [
          {
            id: 'a',
            azure_api_version: '2024-02-01',
            fromEnvironment: { azure_deployment: 'DEPLOYMENT' },
          },
        ],
      },
    });
  });

  it('gives the findings of a document that is not valid', () => {
    expect(compile(Buffer.from('pack: {'))).toMatchObject({ kind: 'invalid', findings: [{ code: 'E014' }] });
  });

  it('names every kind that it cannot enforce, and goes on when all of them are allowed', () => {
    const bytes = documentOf({ 'quality-scorer': {}, 'audit-logger': {}, 'bias-monitor': {} });
    const names = (kinds: readonly { kind: string }[]) => kinds.map(({ kind }) => kind);
    const refused = compile(bytes, { allowed: new Set(['bias-monitor']) });
    expect(refused.kind === 'unenforceable' && names(refused.kinds)).toEqual(['quality-scorer']);
    const ready = compile(bytes, { allowed: new Set(['bias-monitor', 'quality-scorer']) });
    expect(ready.kind === 'ready' && names(ready.unenforced)).toEqual(['quality-scorer', 'bias-monitor']);
  });

  it.each(KINDS)('%s is enforced without a block, or is refused with a reason', (kind) => {
    const pack = { name: 'test', version: '1.0.0', enabled: true };
    const bytes = Buffer.from(JSON.stringify({ pack, policies: { chain: [kind] } }));
    const compiled = compile(bytes);
    const enforcement = ENFORCEMENTS[kind];
    if (compiled.kind === 'ready') expect(enforcement.enforced).toBe(true);
    else
      expect(compiled).toMatchObject({
        kind: 'unenforceable',
        kinds: [{ kind, why: expect.stringMatching(/\w/) }],
      });
  });

  it('enforces nothing when the pack is switched off', () => {
    const pack = { name: 'test', version: '1.0.0', enabled: false };
    expect(outcome(chainFor(KEYWORD, { pack }), 'secret').verdict).toBe('allow');
  });

  it('reads a document of a single policy', () => {
    const policy = { name: 'agent-firewall', version: '1.0.0', enabled: true };
    const compiled = compile(Buffer.from(JSON.stringify({ policy, blocked_tools: ['rm'] })));
    if (compiled.kind !== 'ready') throw new Error(JSON.stringify(compiled));
    expect(compiled.chain.evaluate(request({ tools: ['rm'] })).verdict).toBe('block');
  });

  it('names the settings that it cannot honour, where they are written', () => {
    const compiled = compile(documentOf({ 'pii-detector': {}, rbac: { data_access: {} } }));
    expect(compiled).toMatchObject({ kind: 'ready', without: ['rbac.data_access'] });
  });
});
