/** `kt policy test`: what it reads, what it answers, and when it cannot tell. */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TEMPLATES } from '../../cli/init/templates.ts';
import { runKt, spawnKt } from '../support/kt.ts';
import { parseXml } from './lint/xml.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kt-policy-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]) => runKt(['policy', 'test', ...args], { cwd: folder });
const PACK = { name: 'test', version: '1.0.0', enabled: true };

function write(policy: Readonly<Record<string, unknown>>, more: object = {}): void {
  const document = { pack: PACK, policies: { chain: Object.keys(policy) }, policy, ...more };
  writeFileSync(join(folder, 'policy-config.yaml'), JSON.stringify(document));
}

function golden(name: string, input: object, expected: unknown): void {
  mkdirSync(join(folder, 'tests'), { recursive: true });
  writeFileSync(join(folder, 'tests', `${name}.json`), JSON.stringify({ name, input, expected }));
}

const says = (content: string) => ({ messages: [{ role: 'user', content }] });
const PASSES = { verdict: 'allow', reason_code: 'all_policies_passed' };
const REDACTS = { verdict: 'redact', reason_code: 'pii.detected' };

describe('what kt init writes', () => {
  it.each([
    'default',
    'prompt-injection-detection',
    'agent-firewall',
    'citation-verification',
    'zero-data-retention',
  ] as const)('%s passes its own test', async (template) => {
    await runKt(['init', '--template', template], { cwd: folder });
    const { code, stdout } = await run('--json');
    const { golden: expected } = TEMPLATES[template];
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      results: [{ name: expected.name, ...expected.expected, passed: true }],
    });
  });

  it.each([['quality-benchmarking', 'quality-scorer']])(
    '%s cannot be told about here, unless %s is let through by name',
    async (template, kind) => {
      await runKt(['init', '--template', template], { cwd: folder });
      expect(await run('--json')).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining(`${kind}: it needs`),
      });
      const { code, stdout } = await run('--json', '--allow-unenforced', kind);
      expect(code).toBe(0);
      expect(JSON.parse(stdout).results[0].details).toMatchObject({
        unenforced: [kind],
        policy_results: [{ kind: 'audit-logger' }],
      });
    },
  );
});

describe('kt policy test', () => {
  it('answers in the documented form', async () => {
    write({ 'pii-detector': {} });
    golden('mail', says('I am a@b.example'), REDACTS);
    const { code, stdout, stderr } = await run('--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      ok: true,
      results: [
        {
          name: 'mail',
          ...REDACTS,
          passed: true,
          details: {
            expected: REDACTS,
            policy_results: [
              { kind: 'pii-detector', phase: 'input', ...REDACTS, metadata: { found: { email: 1 } } },
            ],
            quality_scores: null,
            unenforced: [],
            without_effect: [],
          },
        },
      ],
    });
  });

  it('needs --json', async () => {
    write({ 'audit-logger': {} });
    expect(await run()).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('--json is missing'),
    });
  });

  it('is a no when one of the tests fails, by its verdict or by its reason', async () => {
    write({ 'pii-detector': {} });
    golden('1', says('I am a@b.example'), REDACTS);
    golden('2', says('I am a@b.example'), { verdict: 'redact', reason_code: 'dlp.detected' });
    golden('3', says('hello'), { verdict: 'block', reason_code: 'all_policies_passed' });
    const { code, stdout } = await run('--json');
    const { ok, results } = JSON.parse(stdout);
    expect({ code, ok }).toEqual({ code: 1, ok: false });
    expect(results.map(({ passed }: { passed: boolean }) => passed)).toEqual([true, false, false]);
  });

  it('is a no, with the findings, when the document is not valid', async () => {
    write({ 'pii-detector': { action: 'explode' } });
    golden('1', says('hello'), PASSES);
    const { code, stdout } = await run('--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      results: [],
      errors: [{ code: 'E034', path: 'policy.pii-detector.action' }],
    });
  });

  it('runs the suites of the document as well, from a folder that is named', async () => {
    const cases = [
      { name: 'mail', input: says('a@b.example'), expected: { verdict: 'redact' } },
      { input: says('hello'), expected: { reason_code: 'all_policies_passed' } },
    ];
    write({ 'pii-detector': {} }, { testing: { suites: [{ name: 'personal data', cases }] } });
    golden('last', says('hello'), PASSES);
    const { code, stdout } = await runKt(['policy', 'test', '--json', '--pack-dir', folder]);
    expect(code).toBe(0);
    const names = JSON.parse(stdout).results.map(({ name }: { name: string }) => name);
    expect(names).toEqual(['personal data: mail', 'personal data: case 2', 'last']);
  });

  it('looks at headers, tools and the answer', async () => {
    write({ rbac: {}, 'agent-firewall': { blocked_tools: ['rm'] }, 'pii-detector': {} });
    const headers = { 'x-user-id': 'u1' };
    const tool = (name: string) => ({ tools: [{ type: 'function', function: { name } }] });
    golden('1', says('hello'), { verdict: 'block', reason_code: 'rbac.missing_header' });
    golden(
      '2',
      { ...says('hello'), headers, request: tool('rm') },
      { verdict: 'block', reason_code: 'agent_firewall.tool_denied' },
    );
    const answered = { choices: [{ message: { role: 'assistant', content: 'a@b.example' } }] };
    golden('3', { ...says('hello'), headers, upstream_response: answered }, REDACTS);
    golden('4', { ...says('hello'), headers, upstream_response: 'a@b.example' }, REDACTS);
    const calls = {
      content: null,
      tool_calls: [{ id: '1', type: 'function', function: { name: 'rm', arguments: '{}' } }],
    };
    golden(
      '5',
      { ...says('hello'), headers, upstream_response: calls },
      { verdict: 'block', reason_code: 'agent_firewall.tool_denied' },
    );
    golden(
      '6',
      { ...says('hello'), headers, request: tool('ls'), proxy_name: 'p', team_slugs: ['t'] },
      PASSES,
    );
    expect(await run('--json')).toMatchObject({ code: 0, stderr: '' });
  });

  it.each([
    ['a key nobody knows', { ...says('x'), mesages: [] }, PASSES, 'input'],
    ['content that is no text', { messages: [{ role: 'user', content: 7 }] }, PASSES, 'messages[0].content'],
    ['a verdict that is none', says('x'), { verdict: 'deny', reason_code: 'x' }, 'expected.verdict'],
    ['messages in two places', { ...says('x'), request: { messages: [] } }, PASSES, 'input.messages'],
    ['no expectation', says('x'), undefined, 'expected'],
  ])('cannot tell when a test has %s', async (_, input, expected, where) => {
    write({ 'audit-logger': {} });
    golden('fine', says('x'), PASSES);
    golden('odd', input, expected);
    const { code, stdout, stderr } = await run('--json');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('odd.json');
    expect(stderr).toContain(where);
  });

  it.each([
    [{ suites: [{ name: 's', assertions: [{ type: 'llm-rubric' }], cases: [] }] }, 'assertions'],
    [{ suites: [{ name: 's', cases: [{ input: says('x'), expected: {} }] }] }, 'case 1'],
    [
      { suites: [{ name: 's', cases: [{ input: says('x'), expected: { verdict: 'allow', score: 1 } }] }] },
      'score',
    ],
    [{ plugins: ['p'] }, 'plugins'],
    [{ suites: [] }, 'there is no test'],
  ])('cannot tell when the document asks for what cannot be run: %j', async (testing, why) => {
    write({ 'audit-logger': {} }, { testing });
    expect(await run('--json')).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(why) });
  });

  it('cannot tell without a document, with a test that is no JSON, and with a kind that is none', async () => {
    expect(await run('--json')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('policy-config.yaml'),
    });
    write({ 'audit-logger': {} });
    golden('a', says('x'), PASSES);
    writeFileSync(join(folder, 'tests/b.json'), '{');
    expect(await run('--json')).toMatchObject({ code: 2, stderr: expect.stringContaining('b.json') });
    expect(await run('--json', '--allow-unenforced', 'nope')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nope'),
    });
  });

  it('names the settings that have no effect here', async () => {
    write({ 'response-rewriter': { preserve_structure: true } });
    golden('a', says('x'), PASSES);
    const { stdout, stderr } = await run('--json');
    expect(stderr).toContain('response-rewriter.preserve_structure');
    expect(JSON.parse(stdout).results[0].details.without_effect).toEqual([
      'response-rewriter.preserve_structure',
    ]);
  });
});

describe('what a test can say', () => {
  it('is a picture, which no policy can look at, and the price of a model', async () => {
    const target = { id: 'a', provider: 'openai', model: 'mine', secret_key_ref: { env: 'KEY' } };
    write({ 'pii-detector': {}, 'spend-limit': { max_daily_usd: 1 } }, { providers: { targets: [target] } });
    const picture = { type: 'image_url', image_url: { url: 'https://x.example' } };
    golden(
      '1',
      { messages: [{ role: 'user', content: [picture] }], request: { max_tokens: 10 } },
      { verdict: 'block', reason_code: 'engine.unreadable_content' },
    );
    const long = { ...says('hello'), request: { max_tokens: 2_000_000 } };
    golden('2', long, { verdict: 'block', reason_code: 'spend_limit.exceeded' });
    expect(await run('--json')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no price is known for model mine'),
    });
    writeFileSync(join(folder, 'prices.json'), '{"models":{"mine":{"input":1,"output":1}}}');
    expect(await run('--json', '--prices', 'prices.json')).toMatchObject({ code: 0 });
    const { stdout } = await run('--json', '--prices', 'prices.json', '--allow-unreadable');
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, results: [PASSES, { passed: true }] });
  });

  it('is nothing to the next test: each begins with nothing counted', async () => {
    write({ 'agent-firewall': { rate_limits: { pay: 1 } } });
    const call = { content: null, tool_calls: [{ function: { name: 'pay', arguments: '{}' } }] };
    for (const name of ['1', '2', '3']) golden(name, { ...says('go'), upstream_response: call }, PASSES);
    expect(await run('--json')).toMatchObject({ code: 0 });
  });
});

describe('--junit', () => {
  it('writes a suite for each file, with what was expected of a test that fails', async () => {
    const cases = [{ name: 'mail', input: says('a@b.example'), expected: { verdict: 'redact' } }];
    write({ 'pii-detector': {} }, { testing: { suites: [{ name: 's', cases }] } });
    golden('odd', says('<hello> & "you"'), REDACTS);
    expect(await run('--json', '--junit', 'out.xml')).toMatchObject({ code: 1 });
    const root = parseXml(readFileSync(join(folder, 'out.xml'), 'utf8'));
    expect(root).toMatchObject({
      name: 'testsuites',
      attributes: { tests: '2', failures: '1', errors: '0' },
    });
    expect(root.children.map(({ attributes }) => attributes['name'])).toEqual([
      'policy-config.yaml',
      'tests/odd.json',
    ]);
    expect(root.children[1]?.children[0]?.children[0]?.attributes['message']).toBe(
      'expected redact pii.detected, and it is allow all_policies_passed',
    );
    expect(readdirSync(folder).toSorted()).toEqual(['out.xml', 'policy-config.yaml', 'tests']);
  });

  it('has the findings of a document that is not valid, and an error when it cannot tell', async () => {
    write({ 'pii-detector': { action: 'explode' } });
    golden('1', says('x'), PASSES);
    await run('--json', '--junit', 'out.xml');
    const failed = () => parseXml(readFileSync(join(folder, 'out.xml'), 'utf8'));
    expect(failed().children[0]?.children[0]).toMatchObject({
      attributes: { name: 'E034 policy.pii-detector.action' },
      children: [{ name: 'failure' }],
    });
    write({ 'quality-scorer': {} });
    expect(await run('--json', '--junit', 'out.xml')).toMatchObject({ code: 2 });
    expect(failed()).toMatchObject({ attributes: { errors: '1' } });
    expect(await run('--json', '--junit', 'no/such/folder.xml')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--junit'),
    });
  });
});

describe('--watch', () => {
  it('runs again after each change of the document or a test, and ends with the last result', async () => {
    write({ 'pii-detector': {} });
    golden('1', says('I am a@b.example'), REDACTS);
    const { child, output } = spawnKt(['policy', 'test', '--json', '--watch', '--junit', 'out.xml'], {
      cwd: folder,
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const lines = async (isThere: (runs: readonly { ok: boolean; error?: string }[]) => boolean) => {
      for (;;) {
        const runs = output.stdout
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line));
        if (isThere(runs)) return runs;
        await Promise.race([
          once(child.stdout, 'data'),
          ended.then(() => Promise.reject(new Error(output.stderr))),
        ]);
      }
    };
    await lines((runs) => runs.at(-1)?.ok === true);
    golden('2', says('hello'), REDACTS);
    await lines((runs) => runs.at(-1)?.ok === false);
    writeFileSync(join(folder, 'policy-config.yaml'), 'pack: {');
    await lines((runs) => 'errors' in (runs.at(-1) ?? {}));
    rmSync(join(folder, 'tests'), { recursive: true });
    write({ 'audit-logger': {} });
    await lines((runs) => runs.at(-1)?.error?.startsWith('there is no test') === true);
    golden('3', says('hello'), PASSES);
    await lines((runs) => runs.at(-1)?.ok === true);
    golden('3', says('hello'), REDACTS);
    await lines((runs) => runs.at(-1)?.ok === false);
    child.kill('SIGINT');
    expect(await ended).toBe(1);
    expect(output.stderr).toBe('');
  });

  it('cannot watch a folder that is not there', async () => {
    expect(await run('--json', '--watch', '--pack-dir', 'nowhere')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nowhere'),
    });
  });
});
