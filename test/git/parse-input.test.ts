import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBranch } from '../../lib/git/parse-branch.ts';
import { parseRepositoryUrl } from '../../lib/git/parse-repository-url.ts';
import { parseTrackedPath } from '../../lib/git/parse-tracked-path.ts';
import { refusal } from '../support/refusal.ts';

describe('a repository URL', () => {
  it.each([
    ['https://github.com/org/repo', 'https://github.com/org/repo'],
    ['https://github.com/org/repo.git', 'https://github.com/org/repo.git'],
    ['https://github.com/org/repo/', 'https://github.com/org/repo'],
    ['HTTPS://GitHub.COM:443/Org/Repo', 'https://github.com/Org/Repo'],
    ['http://git.corp:80/x', 'http://git.corp/x'],
    ['http://git.corp:8080/x', 'http://git.corp:8080/x'],
    ['https://github.com./org/repo', 'https://github.com/org/repo'],
    ['https://bücher.example/a/b', 'https://xn--bcher-kva.example/a/b'],
    ['https://dev.azure.com/org/a%20project/_git/repo', 'https://dev.azure.com/org/a%20project/_git/repo'],
    ['https://git.example.com/grüppe/x', 'https://git.example.com/gr%C3%BCppe/x'],
    ['https://gitlab.com/a/b/c/d', 'https://gitlab.com/a/b/c/d'],
    ['http://[::1]:3000/a', 'http://[::1]:3000/a'],
    ['http://0x7f.1/a', 'http://127.0.0.1/a'],
  ])('%s is stored as %s', (text, stored) => {
    expect(parseRepositoryUrl(text)).toBe(stored);
    expect(parseRepositoryUrl(stored)).toBe(stored);
  });

  it.each([
    ['', 'empty'],
    ['github.com/org/repo', 'does not begin with https://'],
    ['-https://github.com/a/b', 'hyphen'],
    ['--upload-pack=touch /tmp/x', 'control character|hyphen|space'],
    ['--upload-pack=x', 'hyphen'],
    ['ext::sh -c id', 'space|https'],
    ['ext::sh', 'https'],
    ['file:///etc/passwd', 'https'],
    ['ftp://host/a', 'https'],
    ['git://host/a', 'https'],
    ['javascript:alert(1)', 'https'],
    ['https://user:secret@github.com/a/b', 'credentials'],
    ['https://token@github.com/a/b', 'credentials'],
    ['https://@github.com/a/b', 'credentials'],
    ['https://github.com/a/b?x=1', 'query'],
    ['https://github.com/a/b?', 'query'],
    ['https://github.com/a/b#x', 'fragment'],
    ['https://github.com', 'names no repository'],
    ['https://github.com/', 'names no repository'],
    ['https://github.com//', 'names no repository'],
    ['https://github.com//a', 'empty part'],
    ['https://github.com/a//b', 'empty part'],
    ['https://github.com/a/b//', 'empty part'],
    ['https://github.com/a/../b', 'relative'],
    ['https://github.com/a/%2e%2E/b', 'relative'],
    ['https://github.com/./b', 'relative'],
    ['https://github.com/a%2fb', 'encoded'],
    ['https://github.com/a%00b', 'encoded'],
    ['https://github.com/a%0ab', 'encoded'],
    ['https://github.com/a%5cb', 'encoded'],
    ['https://github.com/a%252e', 'encoded'],
    ['https://github.com/a%zz', 'not encoded correctly'],
    ['https://github.com/a\\b', 'backslash'],
    ['https:\\\\github.com\\a', 'backslash'],
    ['https://github.com/a\nb', 'control'],
    ['https://github.com/a\r', 'control'],
    ['https://github.com/a\0', 'control'],
    ['https://github.com/a b', 'space'],
    [' https://github.com/a', 'space'],
    ['https:///a/b', 'https://'],
    ['https://:80/a', 'not a URL|host'],
    ['https://a..b/c', 'host'],
    ['https://-oProxyCommand=x/y', 'not a URL|host'],
    ['https://-a.com/y', 'host'],
    ['https://host:0/a', 'port 0'],
    ['https://host:99999/a', 'not a URL'],
    ['https://1.2.3.4.5/a', 'not a URL|host'],
    ['https://exa$mple.com/a', 'not a URL|host'],
    [`https://github.com/${'a'.repeat(3_000)}`, 'longer than'],
  ])('%j is refused', (text, why) => {
    expect(refusal(() => parseRepositoryUrl(text))).toMatch(new RegExp(why));
  });

  it('is refused without being repeated, for it may hold a password', () => {
    expect(refusal(() => parseRepositoryUrl('https://ada:hunter2@github.com/a/b'))).not.toMatch(
      /hunter2|ada/,
    );
  });

  it('is a fixed point or a validation fault, whatever the text', () => {
    const urls = fc.oneof(
      fc.string(),
      fc.webUrl(),
      fc.webUrl().map((url) => url.replace('://', '://a:b@')),
    );
    fc.assert(
      fc.property(urls, (text) => {
        const first = refusal(() => parseRepositoryUrl(text));
        if (!first.startsWith('accepted: ')) return;
        const stored: unknown = JSON.parse(first.slice('accepted: '.length));
        expect(parseRepositoryUrl(String(stored))).toBe(stored);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a branch', () => {
  it.each([
    'main',
    'feature/x',
    'release-1.2',
    'füür',
    '火',
    'a@b',
    'a+b',
    "it's",
    'v1.0_x',
    'refs',
    'head',
    'a.lock.b',
  ])('%s is one', (name) => {
    expect(parseBranch(name)).toBe(name);
  });

  it.each([
    '',
    '-x',
    '--upload-pack=x',
    '/a',
    'a/',
    'a//b',
    '.a',
    'a/.b',
    'a..b',
    'a.',
    'a.lock',
    'a.lock/b',
    'a b',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[b',
    'a\\b',
    'a@{1}',
    '@',
    'HEAD',
    'refs/heads/main',
    'a\nb',
    'a\0',
    'a\x7f',
    '\ud800',
    'x'.repeat(300),
  ])('%j is none', (name) => {
    expect(refusal(() => parseBranch(name))).toMatch(/^the branch name /);
  });
});

describe('a tracked path', () => {
  it.each([
    'a.yaml',
    'a/b/c.yaml',
    'a/',
    'a/b/',
    '/',
    'a b/ü.yaml',
    '.github/x.yaml',
    '...',
    'a..b',
    '100%.yaml',
    '.gitignore',
  ])('%s is one', (path) => {
    expect(parseTrackedPath(path)).toBe(path);
  });

  it.each([
    '',
    '/a',
    '//',
    'a//b',
    'a//',
    '.',
    '..',
    './a',
    '../a',
    'a/../b',
    'a/..',
    'a/./b',
    '%2e%2e/a',
    'a/%2E%2E/b',
    'a%2fb',
    'a%5Cb',
    'a%00',
    'a\\b',
    '..\\a',
    '.git',
    '.git/config',
    'a/.GIT/x',
    'a\nb',
    'a\0b',
    'a\rb',
    '-a',
    '--x',
    '\ud800',
    'C:\\x',
    'x/'.repeat(40),
    'x'.repeat(2_000),
  ])('%j is none', (path) => {
    expect(refusal(() => parseTrackedPath(path))).toMatch(/^the path /);
  });
});
