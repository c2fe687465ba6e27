/** Policies about tools and about who asks: `agent-firewall`, `rbac`, `human-oversight`, `data-routing-policy`. */
import { describe, expect, it } from 'vitest';
import { type Message, toolCall } from '../../gateway/engine/request.ts';
import { chainFor, request, said } from './evaluating.ts';

const calls = (...names: string[]): Message => ({
  role: 'assistant',
  content: '',
  toolCalls: names.map((name) => toolCall(name, '{}')),
});
const headers = (given: Record<string, string>) => new Map(Object.entries(given));

describe('agent-firewall', () => {
  const chain = chainFor({
    'agent-firewall': { allowed_tools: ['read_*', 'search'], blocked_tools: ['read_secrets'] },
  });

  it.each([
    ['search', 'allow'],
    ['read_ticket', 'allow'],
    ['read_secrets', 'block'],
    ['delete', 'block'],
    ['SEARCH', 'block'],
    ['', 'block'],
  ])('about %j: %s, whether it is offered, was called, or is asked for by the answer', (tool, verdict) => {
    for (const given of [{ tools: [tool] }, { messages: [calls(tool)] }, { answer: [calls('search', tool)] }])
      expect(chain.evaluate(request(given)).verdict).toBe(verdict);
  });

  it('denies in any case of letters', () => {
    const denying = chainFor({ 'agent-firewall': { blocked_tools: ['Drop_Table'] } });
    expect(denying.evaluate(request({ tools: ['drop_table'] })).reasonCode).toBe(
      'agent_firewall.tool_denied',
    );
    expect(denying.evaluate(request({ tools: ['other'] })).verdict).toBe('allow');
  });

  it('allows nothing when the list of what is allowed is empty', () => {
    const none = chainFor({ 'agent-firewall': { allowed_tools: [] } });
    expect(none.evaluate(request({ tools: ['search'] })).verdict).toBe('block');
    expect(none.evaluate(request({ text: 'hello' })).verdict).toBe('allow');
  });

  it('counts the calls of the conversation and those that the answer adds', () => {
    const two = chainFor({ 'agent-firewall': { max_actions_per_session: 2 } });
    expect(two.evaluate(request({ messages: [calls('a', 'b')] })).verdict).toBe('allow');
    const third = two.evaluate(request({ messages: [calls('a', 'b')], answer: [calls('c')] }));
    expect(third).toMatchObject({ verdict: 'block', reasonCode: 'agent_firewall.too_many_actions' });
    expect(third.results.map(({ phase }) => phase)).toEqual(['tool', 'tool']);
  });

  it('goes by role when it is written so', () => {
    const roles = { clerk: { allowed: ['read'] }, admin: { denied: ['format'] } };
    const byRole = chainFor({ 'agent-firewall': { tools: { roles } } });
    const asks = (tool: string, role?: string) =>
      byRole.evaluate(request({ tools: [tool], headers: headers(role ? { 'x-user-role': role } : {}) }))
        .reasonCode;
    expect(asks('read', 'clerk')).toBe('all_policies_passed');
    expect(asks('write', 'clerk')).toBe('agent_firewall.tool_denied');
    expect(asks('write', 'admin')).toBe('all_policies_passed');
    expect(asks('format', 'admin')).toBe('agent_firewall.tool_denied');
    expect(asks('read', 'constructor')).toBe('agent_firewall.role_unknown');
    expect(asks('read')).toBe('agent_firewall.role_missing');
  });
});

describe('rbac', () => {
  it('denies without the header it needs, or with an empty one', () => {
    const chain = chainFor({ rbac: {} });
    expect(chain.evaluate(request({})).reasonCode).toBe('rbac.missing_header');
    expect(chain.evaluate(request({ headers: headers({ 'x-user-id': ' ' }) })).verdict).toBe('block');
    expect(chain.evaluate(request({ headers: headers({ 'x-user-id': 'u' }) })).verdict).toBe('allow');
  });

  it('denies whoever has shown no credential, when it is told to', () => {
    const chain = chainFor({ rbac: { deny_if_missing: [], require_auth: true } });
    expect(chain.evaluate(request({})).reasonCode).toBe('rbac.unauthenticated');
    expect(chain.evaluate(request({ headers: headers({ authorization: 'Bearer x' }) })).verdict).toBe(
      'allow',
    );
  });

  it('keeps data of patients to the roles that are named, in a request and in an answer', () => {
    const minimum = { enabled: true, allowed_phi_roles: ['nurse'] };
    const chain = chainFor({ rbac: { deny_if_missing: [], minimum_necessary: minimum } });
    const record = 'Show me MRN 00123456 please.';
    const asked = (given: object, role?: string) =>
      chain.evaluate(request({ headers: headers(role ? { 'x-user-role': role } : {}), ...given })).reasonCode;
    expect(asked({ text: record }, 'nurse')).toBe('all_policies_passed');
    expect(asked({ text: record }, 'clerk')).toBe('rbac.phi_not_permitted');
    expect(asked({ text: record })).toBe('rbac.phi_not_permitted');
    expect(asked({ answer: [said(record, 'assistant')] }, 'clerk')).toBe('rbac.phi_not_permitted');
    expect(asked({ text: 'When do you open?' }, 'clerk')).toBe('all_policies_passed');
    expect(asked({ unreadable: ['messages[0].content[0]'] }, 'clerk')).toBe('engine.unreadable_content');
    const off = chainFor({
      rbac: { deny_if_missing: [], minimum_necessary: { ...minimum, enabled: false } },
    });
    expect(off.evaluate(request({ text: record })).verdict).toBe('allow');
  });

  it('knows the tools of a role, also of those that an answer asks for', () => {
    const roles = { any: { allowed_tools: ['*'], denied_tools: ['pay'] } };
    const chain = chainFor({ rbac: { deny_if_missing: [], roles } });
    const role = headers({ 'x-user-role': 'any' });
    expect(chain.evaluate(request({ headers: role, answer: [calls('read')] })).verdict).toBe('allow');
    expect(chain.evaluate(request({ headers: role, answer: [calls('pay')] })).reasonCode).toBe(
      'rbac.tool_denied',
    );
    expect(chain.evaluate(request({ text: 'no tool, no role' })).verdict).toBe('allow');
  });
});

describe('human-oversight', () => {
  const chain = chainFor({ 'human-oversight': { require_human_for: ['wire_transfer', 'medical advice'] } });

  it.each([
    [{ text: 'Make a Wire  Transfer for me' }],
    [{ text: 'hi', answer: [said('Here is my medical advice', 'assistant')] }],
    [{ answer: [calls('wire_transfer')] }],
    [{ tools: ['wire_transfer'] }],
  ])('asks for a person: %j', (given) => {
    expect(chain.evaluate(request(given))).toMatchObject({
      verdict: 'escalate',
      reasonCode: 'human_oversight.required',
    });
  });

  it('lets other subjects pass, and blocks when it is told to', () => {
    expect(chain.evaluate(request({ text: 'a wireless transfer' })).verdict).toBe('allow');
    const blocking = chainFor({ 'human-oversight': { require_human_for: ['loans'], action: 'block' } });
    expect(blocking.evaluate(request({ text: 'about loans' })).verdict).toBe('block');
  });
});

describe('data-routing-policy', () => {
  const of = (block: object, target: object) => {
    const targets = [{ id: 'a', provider: 'openai', secret_key_ref: { env: 'KEY' }, ...target }];
    return chainFor({ 'data-routing-policy': block }, { providers: { targets } }).evaluate(request({}))
      .reasonCode;
  };

  // Lint refuses a document whose targets say that they do not comply.
  it.each([
    [{ require_zero_data_retention: true }, { zdr: true }],
    [{ require_no_training: true }, { data_policy: { training_opt_out: true } }],
    [{ require_no_training: true }, { data_collection: 'deny' }],
    [{ max_retention_days: 30 }, { data_policy: { retention_days: 30 } }],
    [{}, {}],
  ])('with %j lets through what may go to %j', (block, target) => {
    expect(of(block, target)).toBe('all_policies_passed');
  });

  it('takes what a target does not say for no promise, and no target for none that complies', () => {
    expect(of({ max_retention_days: 30 }, {})).toBe('data_routing.no_compliant_provider');
    const none = chainFor({ 'data-routing-policy': { require_no_training: true } });
    expect(none.evaluate(request({})).verdict).toBe('block');
  });
});
