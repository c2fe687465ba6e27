import { describe, expect, it } from 'vitest';
import { checkDocument } from '../../lib/policy/check-document.ts';
import { MAX_DEPTH } from '../../lib/policy/nesting.ts';
import { MAX_DOCUMENT_BYTES } from '../../lib/policy/parse-tree.ts';
import { bytes } from './documents.ts';

function check(input: string | Uint8Array) {
  const result = checkDocument(typeof input === 'string' ? bytes(input) : input);
  if (result.kind === 'valid') throw new Error('expected to be invalid');
  const [first] = result.findings;
  return `${result.class} ${first?.code} ${first?.line}:${first?.column}`;
}

describe('what stops a document before it is parsed', () => {
  it('is a file larger than the cap', () => {
    expect(check(bytes('#'.repeat(MAX_DOCUMENT_BYTES + 1)))).toBe('too_large E010 1:1');
    expect(check(bytes('#'.repeat(MAX_DOCUMENT_BYTES)))).toBe('validation E030 1:1');
  });

  it.each([
    ['Latin-1', [0x61, 0x3a, 0x20, 0xe9, 0x0a], '1:4'],
    ['UTF-16', [0xff, 0xfe, 0x61, 0x00], '1:1'],
    ['an overlong form', [0x61, 0x0a, 0x62, 0xc0, 0xaf], '2:2'],
    ['a surrogate', [0xed, 0xa0, 0x80], '1:1'],
    ['a cut character', [0x61, 0xe2, 0x82], '1:2'],
  ])('is %s instead of UTF-8', (_, input, at) => {
    expect(check(Uint8Array.from(input))).toBe(`parse E011 ${at}`);
  });

  it.each([
    ['NUL', '\u0000'],
    ['the control characters that `yaml` uses inside', '\u0018'],
    ['escape', '\u001b'],
    ['delete', '\u007f'],
    ['a lone carriage return', '\rb'],
    ['a second byte order mark', '\ufeff'],
  ])('is %s', (_, character) => {
    expect(check(`a: 1\nb: x${character}`)).toBe('parse E012 2:5');
  });

  it('is the 2,000 bytes that abort a process', () => {
    expect(check('['.repeat(1000) + ']'.repeat(1000))).toBe('parse E013 1:16');
  });

  it.each([
    ['maps in brackets', '{a: '.repeat(1000)],
    ['brackets of both kinds', '[{a: '.repeat(1000)],
    ['brackets on lines of their own', '[\n'.repeat(1000)],
    ['lists in one line', `${'- '.repeat(1000)}a`],
    ['lists on lines', Array.from({ length: 200 }, (_, i) => `${' '.repeat(i)}-\n`).join('')],
    ['maps on lines', Array.from({ length: 200 }, (_, i) => `${' '.repeat(i)}a:\n`).join('')],
    [
      'lists in maps at one column',
      Array.from({ length: 100 }, (_, i) => `${' '.repeat(2 * i)}- a:\n`).join(''),
    ],
    ['brackets after text in quotes that holds closing ones', '["]", '.repeat(1000)],
    ['brackets between comments that hold closing ones', '[ # ]\n'.repeat(1000)],
    ['brackets below a block scalar', `a: |\n  ]]]]\nb: ${'['.repeat(100)}`],
  ])('is deep nesting: %s', (_, text) => {
    expect(check(text)).toMatch(/^parse E013 /);
  });

  it.each([
    ['a second value on one line', '"a" [\n b: c: d: e: f', 'E014'],
    ['a second key on one line', 'a: b: c: d', 'E014'],
    ['a second key in one entry', '{a: b: c: d}', 'E014'],
    ['an explicit key', '? ? ? a', 'E014'],
    ['a list after a key', 'a: - - - b', 'E014'],
    ['a list in brackets', '[- a]', 'E014'],
    ['a line that belongs to nothing', 'a: 1\n  b: 2', 'E014'],
    ['text beside a block scalar header', 'a: | [\nb: 1', 'E014'],
    ['a bracket closed too late', 'a: [\nb]', 'E014'],
    ['quotes closed too late', 'a: "x\nb"', 'E014'],
    ['an anchor', 'a: &x 1', 'E015'],
    ['an alias', 'a: *x', 'E015'],
    ['a self-reference', '&a [*a]', 'E015'],
    ['an alias bomb', 'a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]', 'E015'],
    ['a merge of an anchor', 'a: &a {b: 1}\nc: {<<: *a}', 'E015'],
    ['a second document', 'a: 1\n---\nb: 2', 'E016'],
    ['a document after an end', 'a: 1\n...\nb: 2', 'E016'],
    ['two document starts', '---\n---\na: 1', 'E016'],
    ['a tag of its own', 'a: !ruby/object:X {}', 'E018'],
    ['a standard tag', 'a: !!binary aGk=', 'E018'],
    ['YAML 1.1', '%YAML 1.1\n---\na: yes', 'E023'],
    ['a tag directive', '%TAG ! tag:example.com,2000:\n---\na: 1', 'E023'],
  ])('is %s', (_, text, code) => {
    expect(check(text)).toContain(` ${code} `);
  });

  it.each([
    ['a list in brackets', `[${'a,'.repeat(100_000)}]`],
    ['a list on lines', '- \n'.repeat(80_000)],
    ['keys', 'a:\n'.repeat(80_000)],
    ['mistakes', 'a: @\n'.repeat(50_000)],
  ])('is more values than anyone needs: %s', (_, text) => {
    expect(check(text)).toMatch(/^too_large E022 /);
  });
});

describe('what stops a document after it is parsed', () => {
  it.each([
    ['a: 1\nb: 2\na: 3', 'E017 3:1'],
    ['{a: 1, "a": 2}', 'E017 1:8'],
    ['a: {<<: {b: 1}}', 'E019 1:5'],
    ['__proto__: {polluted: true}', 'E020 1:1'],
    ['a:\n  - constructor: 1', 'E020 2:5'],
    ['{"prototype": 1}', 'E020 1:2'],
    ['1: a', 'E021 1:1'],
    ['a: {true: 1}', 'E021 1:5'],
    ['null: 1', 'E021 1:1'],
    ['[a]: 1', 'E021 1:1'],
    ['{[a, b]: 1}', 'E021 1:2'],
    ['a: [b', 'E014 1:6'],
    ['a: "b', 'E014 1:6'],
    ['a: @b', 'E014 1:4'],
    ['a: "\\q"', 'E014 1:5'],
    ['a:\n\tb: 1', 'E014 2:1'],
  ])('%j', (text, expected) => {
    expect(check(text)).toBe(`parse ${expected}`);
  });

  it('tells of every such mistake at once', () => {
    const result = checkDocument(bytes('a: 1\na: 2\n1: b\n<<: {}\n'));
    expect(result).toMatchObject({ findings: [{ code: 'E017' }, { code: 'E021' }, { code: 'E019' }] });
  });

  it('never touches the prototype of anything', () => {
    checkDocument(bytes('__proto__: {polluted: true}\nconstructor: {prototype: {polluted: true}}'));
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('what does not stop a document', () => {
  it.each([
    [
      'brackets in quotes, comments and text',
      `a: "${'['.repeat(100)}" # ${'{'.repeat(100)}\nb: x${'['.repeat(100)}`,
    ],
    ['brackets in a block scalar', `a: |\n  ${'['.repeat(100)}\n  ${'- '.repeat(100)}\nb: 1`],
    ['many short lists', 'a: [b, c]\n'.replace('a', 'k').repeat(1)],
    ['an apostrophe in text', "a: it's [fine\nb: {c: d}"],
    ['dashes and question marks in text', 'a: x - y ? z\nb: -1\nc: ?x\nd: a:b'],
    ['text over several lines', 'a: one\n  two [three\n  - four\nb: "five\n  six"'],
    ['nesting that people use', `a: ${'{b: '.repeat(MAX_DEPTH - 1)}1${'}'.repeat(MAX_DEPTH - 1)}`],
  ])('%s', (_, text) => {
    expect(check(text)).toMatch(/^validation /);
  });
});
