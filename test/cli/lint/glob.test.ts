/** Globs: what a pattern means, and that no pattern is slow. */
import { describe, expect, it } from 'vitest';
import { isGlob, matches, parseGlob } from '../../../cli/lint/glob.ts';

const means = (pattern: string, path: string): boolean =>
  parseGlob(pattern).some((glob) => {
    const base = glob.base === '.' ? '' : `${glob.base.replace(/\/$/, '')}/`;
    return path.startsWith(base) && matches(glob, path.slice(base.length).split('/')).itself;
  });

describe('a pattern', () => {
  it.each([
    ['*.yaml', 'a.yaml', true],
    ['*.yaml', 'a/b.yaml', false],
    ['**/*.yaml', 'a.yaml', true],
    ['**/*.yaml', 'a/b/c.yaml', true],
    ['policies/**', 'policies/a/b.yaml', true],
    ['policies/**', 'other/a.yaml', false],
    ['policies/**/**/x.yaml', 'policies/x.yaml', true],
    ['a/*/c.yaml', 'a/b/c.yaml', true],
    ['a/*/c.yaml', 'a/b/d/c.yaml', false],
    ['a?.yaml', 'ab.yaml', true],
    ['a?.yaml', 'a.yaml', false],
    ['[ab].yaml', 'b.yaml', true],
    ['[!ab].yaml', 'b.yaml', false],
    ['[a-c]x', 'bx', true],
    ['[]]x', ']x', true],
    ['[x', '[x', true],
    ['{a,b}/*.{yaml,yml}', 'b/c.yml', true],
    ['{a,b}/*.{yaml,yml}', 'c/c.yml', false],
    ['a{b,c{d,e}}', 'ace', true],
    ['{a}', '{a}', true],
    ['*', '.hidden', false],
    ['.*', '.hidden', true],
    ['**/x.yaml', '.git/x.yaml', false],
    ['**/.github/*', 'a/.github/x', true],
    ['/etc/*.yaml', '/etc/a.yaml', true],
    ['./a/*', './a/b', true],
    ['*😀', 'a😀', true],
    ['?', '😀', true],
  ])('%s and %s: %s', (pattern, path, expected) => {
    expect(means(pattern, path)).toBe(expected);
  });

  it('is told from a name by its characters', () => {
    expect(['a*', 'a?', '[a]', '{a,b}'].every(isGlob)).toBe(true);
    expect(isGlob('policies/a-b_c.yaml')).toBe(false);
  });

  it('that would make an expression search for ages is decided in a moment', () => {
    const pattern = `${'*a'.repeat(200)}b`;
    expect(means(pattern, 'a'.repeat(20_000))).toBe(false);
    expect(means(`${'**/a/'.repeat(50)}b`, `${'a/'.repeat(200)}c`)).toBe(false);
  });

  it('may not stand for more others than anyone writes', () => {
    expect(() => parseGlob('{a,b}'.repeat(12))).toThrow(/256/);
  });
});
