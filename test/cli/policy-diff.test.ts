/** `kt policy diff` on files: what it says, in which form, and when it is a no. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diffMarkdown } from '../../cli/diff/diff-markdown.ts';
import { runKt } from '../support/kt.ts';
import { policy } from '../support/world.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kt-diff-'));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write('low.yaml', policy({ limit: 100 }));
  write('high.yaml', policy({ limit: 900 }));
  write('commented.yaml', `# the same\n${policy({ limit: 100 })}`);
  write('invalid.yaml', policy({ limit: 900 }).replace('enabled: true', 'enabled: true\n  colour: red'));
  write('broken.yaml', 'pack: [');
  write('payments@1', policy({ limit: 900 }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const diff = (args: readonly string[], stdin = '') =>
  runKt(['policy', 'diff', ...args], { cwd: folder, stdin });

describe('kt policy diff', () => {
  it('says what a change does to enforcement, and that there is one', async () => {
    const { code, stdout } = await diff(['low.yaml', 'high.yaml']);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /policy\.spend-limit\.max_daily_usd {2}loosens\n {4}before {2}100\n {4}after {3}900\n/,
    );
  });

  it('finds no difference where only comments differ, and says so', async () => {
    expect(await diff(['low.yaml', 'low.yaml'])).toMatchObject({
      code: 0,
      stdout: 'no differences\n',
      stderr: '',
    });
    expect(await diff(['low.yaml', 'commented.yaml'])).toMatchObject({
      code: 0,
      stdout: 'no differences\n',
      stderr: expect.stringContaining('comments'),
    });
  });

  it('answers programs with the changes and whether the bytes are the same', async () => {
    const { stdout } = await diff(['--json', 'low.yaml', 'commented.yaml']);
    expect(JSON.parse(stdout)).toMatchObject({
      from: 'low.yaml',
      to: 'commented.yaml',
      identical: false,
      changes: [],
    });
    const changed = JSON.parse((await diff(['--format', 'json', 'low.yaml', 'high.yaml'])).stdout);
    expect(changed.changes).toMatchObject([{ path: 'policy.spend-limit.max_daily_usd', effect: 'loosens' }]);
    expect(changed.summary).toContain('loosens');
  });

  it('is a no only for the changes that were named', async () => {
    expect(await diff(['--fail-on', 'loosens', 'low.yaml', 'high.yaml'])).toMatchObject({ code: 1 });
    expect(await diff(['--fail-on', 'loosens', 'high.yaml', 'low.yaml'])).toMatchObject({ code: 0 });
    expect(await diff(['--fail-on', 'loosens,tightens', 'high.yaml', 'low.yaml'])).toMatchObject({ code: 1 });
    expect(await diff(['--fail-on', 'worse', 'high.yaml', 'low.yaml'])).toMatchObject({ code: 2 });
  });

  it('takes one of the two from standard input', async () => {
    expect(await diff(['low.yaml', '-'], policy({ limit: 900 }))).toMatchObject({ code: 1 });
    expect(await diff(['-', '-'])).toMatchObject({ code: 2, stdout: '' });
  });

  it('prefers a file to a version of the same name', async () => {
    expect(await diff(['payments@1', 'high.yaml'])).toMatchObject({ code: 0 });
    expect(await diff(['payments@2', 'high.yaml'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('API'),
    });
  });

  it('compares what is merely not valid, and cannot tell of what cannot be read', async () => {
    expect(await diff(['low.yaml', 'invalid.yaml'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('loosens'),
    });
    expect(await diff(['low.yaml', 'broken.yaml'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/error\[E\d+\]/),
    });
    expect(await diff(['low.yaml', 'gone.yaml'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no such file'),
    });
  });
});

describe('a diff in Markdown', () => {
  /** What a reader of Markdown sees: references to characters become them after everything else is done. */
  const seen = (markdown: string) =>
    markdown.replace(/&#(\d+);/g, (_, number) => String.fromCodePoint(+number));
  const change = { change: 'changed', effect: 'loosens', reason: 'the daily limit was raised' };

  it('is a table for a job summary', async () => {
    const { code, stdout } = await diff(['--format', 'markdown', 'low.yaml', 'high.yaml']);
    expect(code).toBe(1);
    expect(seen(stdout)).toContain(
      '| ⚠️ loosens | <code>policy.spend-limit.max_daily_usd</code> | <code>100</code> | <code>900</code> |',
    );
    expect((await diff(['--format', 'markdown', 'low.yaml', 'low.yaml'])).stdout).toContain('No differences');
  });

  it('shows what is in a document as text, and never as markup, a cell, a line or a call to somebody', () => {
    const hostile = '`</code><img src=x>` | a\n| b [x](http://x) **@admin** # <!-- \u202e';
    const markdown = diffMarkdown(
      {
        changes: [{ ...change, path: hostile, before: hostile, after: [hostile], reason: hostile }],
        summary: hostile,
      },
      hostile,
      'b',
    );
    const rows = markdown.split('\n').filter((line) => line.startsWith('|'));
    expect(rows).toHaveLength(3);
    expect(rows[2]?.split('|')).toHaveLength(7);
    expect(markdown.replaceAll(/<\/?code>/g, '').replaceAll(/&#\d+;/g, '')).not.toMatch(/[<>`[\]()*@!]/);
    expect(markdown).not.toMatch(/&#64;(?!&#8288;)(?![^<]*<\/code>)/);
    expect(markdown).not.toContain('\u202e');
  });

  it('clips values that are long', () => {
    const markdown = diffMarkdown(
      { changes: [{ ...change, path: 'a', before: 'x'.repeat(10_000), after: 1 }], summary: 's' },
      'a',
      'b',
    );
    expect(markdown.length).toBeLessThan(1000);
  });
});
