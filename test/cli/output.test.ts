/** Output: what a terminal is shown, and what a spreadsheet is. */
import { describe, expect, it } from 'vitest';
import { clean } from '../../cli/clean.ts';
import { csvRow } from '../../cli/csv.ts';
import { printDiff } from '../../cli/diff-text.ts';
import { outputTo } from '../../cli/output.ts';

function written(isTTY: boolean, environment: Record<string, string> = {}) {
  const text = { out: '', err: '' };
  const stream = (name: 'out' | 'err') => ({
    isTTY,
    write: (more: string) => {
      text[name] += more;
    },
  });
  return { text, output: outputTo(stream('out'), stream('err'), environment) };
}

describe('output', () => {
  it.each<[string, boolean, Record<string, string>, boolean]>([
    ['on a terminal', true, {}, true],
    ['into a file', false, {}, false],
    ['with NO_COLOR', true, { NO_COLOR: '1' }, false],
    ['with an empty NO_COLOR', true, { NO_COLOR: '' }, true],
    ['on a terminal that knows none', true, { TERM: 'dumb' }, false],
  ])('has colour or not: %s', (_, isTTY, environment, coloured) => {
    const { text, output } = written(isTTY, environment);
    output.table(['A'], [[{ text: 'synced', style: 'green' }]]);
    output.warn('careful');
    expect(text.out.includes('\u001b[32m')).toBe(coloured);
    expect(text.err.includes('\u001b[33m')).toBe(coloured);
  });

  it('lines up columns, whatever the colour, and shows what is absent as a dash', () => {
    const { text, output } = written(false);
    output.table(
      ['ID', 'STATUS', 'N'],
      [
        ['link_1', { text: 'ok', style: 'green' }, 0],
        ['l', { text: 'pending', style: 'yellow' }, null],
      ],
    );
    expect(text.out).toBe('ID      STATUS   N\nlink_1  ok       0\nl       pending  -\n');
  });

  it('lets no text from elsewhere reach the terminal as anything but text', () => {
    const { text, output } = written(true, { NO_COLOR: '1' });
    output.record([['message', 'a\u001b]0;owned\u0007\r\nb\u202e\u009b2J']]);
    expect(text.out).toBe('message  a\\u{1b}]0;owned\\u{7}\\u{d} b\\u{202e}\\u{9b}2J\n');
    expect(clean('tab\there')).toBe('tab here');
  });
});

describe('a diff', () => {
  const change = { path: 'policy.spend-limit.max_daily_usd', reason: 'more may be spent' };

  it('shows each change with its effect, what was and what is, and a summary', () => {
    const { text, output } = written(false);
    const changes = [
      { ...change, change: 'changed', before: 100, after: 250, effect: 'loosens' },
      {
        path: 'policy.pii-detector',
        change: 'added',
        before: null,
        after: { action: 'block' },
        effect: 'tightens',
        reason: '',
      },
    ];
    printDiff({ changes, summary: '2 changes' }, output);
    expect(text.out).toBe(
      [
        '~ policy.spend-limit.max_daily_usd  loosens',
        '    before  100',
        '    after   250',
        '    more may be spent',
        '+ policy.pii-detector  tightens',
        '    after   {"action":"block"}',
        '',
        '2 changes',
        '',
      ].join('\n'),
    );
  });

  it('of equals says so', () => {
    const { text, output } = written(false);
    printDiff({ changes: [], summary: '' }, output);
    expect(text.out).toBe('no differences\n');
  });
});

describe('CSV', () => {
  it.each([
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['say "no"', '"say ""no"""'],
    ['two\nlines', '"two\nlines"'],
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    [' =1', "' =1"],
    ['\t=1', "'\t=1"],
    ['\rx', '"\'\rx"'],
    ['＝1', "'＝1"],
    ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
    ['', ''],
  ])('%j is written %j', (text, cell) => {
    expect(csvRow([text, 'x'])).toBe(`${cell},x\r\n`);
  });
});
