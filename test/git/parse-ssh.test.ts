/** What may be named as a repository read over SSH, what its host is known by, and what opens it. */
import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import ssh2 from 'ssh2';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../lib/domain/fault.ts';
import { providerOfHost } from '../../lib/domain/provider.ts';
import { FlushFinder } from '../../lib/git/flush-finder.ts';
import { parseKnownHosts } from '../../lib/git/parse-known-hosts.ts';
import { parsePrivateKey } from '../../lib/git/parse-private-key.ts';
import { parseRepositoryUrl } from '../../lib/git/parse-repository-url.ts';
import { FLUSH, pktLine } from '../../lib/git/pkt-line.ts';
import { sshAddress, uploadPackCommand } from '../../lib/git/ssh-address.ts';
import { fingerprintOfLine } from '../../lib/git/ssh-blob.ts';
import { publishedHostKeys } from '../../lib/git/well-known-hosts.ts';
import { refusal } from '../support/refusal.ts';
import { newKeyPair } from '../support/ssh-server.ts';

describe('an SSH address', () => {
  it.each([
    ['git@github.com:org/repo.git', 'ssh://git@github.com/org/repo.git'],
    ['git@GitHub.com:/org/repo.git/', 'ssh://git@github.com/org/repo.git'],
    ['ssh://git@github.com/org/repo.git', 'ssh://git@github.com/org/repo.git'],
    ['SSH://github.com:22/org/repo.git', 'ssh://git@github.com/org/repo.git'],
    ['ssh://git@ssh.github.com:443/org/repo.git', 'ssh://git@ssh.github.com:443/org/repo.git'],
    ['ssh://git@git.corp.:2222/a/b/c', 'ssh://git@git.corp:2222/a/b/c'],
    ['ssh://APKA1X@git-codecommit.eu-west-1.amazonaws.com/v1/repos/x', null],
    ['git@bücher.example:ä/b', 'ssh://git@xn--bcher-kva.example/%C3%A4/b'],
    ['ssh://git@0x7f.1/a', 'ssh://git@127.0.0.1/a'],
    ['git@[::1]:a', 'ssh://git@[::1]/a'],
    ['ssh://git@[::1]:2222/a', 'ssh://git@[::1]:2222/a'],
    // As git does: the short form is sent as it is, the long one is decoded.
    ['git@ssh.dev.azure.com:v3/o/My%20P/r', 'ssh://git@ssh.dev.azure.com/v3/o/My%2520P/r'],
    ['ssh://git@host/My%20P/r', 'ssh://git@host/My%20P/r'],
  ])('%s is stored as %s', (text, stored) => {
    expect(parseRepositoryUrl(text)).toBe(stored ?? text);
    expect(parseRepositoryUrl(stored ?? text)).toBe(stored ?? text);
  });

  it.each([
    ['-oProxyCommand=id@host:x', 'hyphen'],
    ['git@-oProxyCommand=id:x', 'host name'],
    ['ssh://-oProxyCommand=id/x', 'host name'],
    ['ssh://git@-oProxyCommand=id/x', 'host name'],
    ['ssh://-oProxyCommand=id@host/x', 'user'],
    ['-l@host:x', 'hyphen'],
    ['ssh://$(id)@host/x', 'user'],
    ['ssh://git@$(id)/x', 'host name'],
    ['ssh://git@host;id/x', 'host name'],
    ['ssh://git:secret@host/x', 'password'],
    ['ssh://git:@host/x', 'password'],
    ['ssh://@host/x', 'user'],
    ['@host:x', 'user'],
    ['ssh:///x', 'host name'],
    ['ssh://git@host', 'names no repository'],
    ['ssh://git@host/', 'names no repository'],
    ['git@host:', 'names no repository'],
    ['git@host:/', 'names no repository'],
    ['ssh://git@host:0/x', 'port 0'],
    ['ssh://git@host:65536/x', 'host name'],
    ['ssh://git@host:22x/x', 'host name'],
    ['git@host:22/x', 'port in the short form'],
    ['ssh://git@host/~/x', 'home directory'],
    ['ssh://git@host/~root/x', 'home directory'],
    ['git@host:~/x', 'home directory'],
    ['ssh://git@host/%7Eroot/x', 'home directory'],
    ['git@host:a/../b', 'relative'],
    ['ssh://git@host/%2e%2e/b', 'relative'],
    ['git@host:a//b', 'empty part'],
    ['ssh://git@host//etc/x', 'empty part|names no'],
    ['git@host:--upload-pack=id', 'hyphen'],
    ['git@host:a/-x', 'hyphen'],
    ['ssh://git@host/a%0ab', 'character'],
    ['ssh://git@host/a%00b', 'character'],
    ['ssh://git@host/a%27b', 'character'],
    ['ssh://git@host/a%5cb', 'character'],
    ["git@host:a'b", 'character'],
    ['git@host:a"b', 'character'],
    ['git@host:a`id`', 'character'],
    ['git@host:$(id)', 'character'],
    ['git@host:a;id', 'character'],
    ['git@host:a|id', 'character'],
    ['git@host:a&id', 'character'],
    ['git@host:a>b', 'character'],
    ['git@host:a!b', 'character'],
    ['git@host:a*', 'character'],
    ['git@host:a?b', 'character'],
    ['git@host:a#b', 'character'],
    ['git@host:a\nb', 'control character'],
    ['git@host:a b', 'space'],
    ['git@host:a\\b', 'backslash'],
    ['ssh://git@host/%zz', 'not encoded'],
    ['git+ssh://git@host/x', 'write ssh://'],
    ['host:path', 'no SSH address'],
    ['C:/path', 'no SSH address'],
    [`git@host:${'a'.repeat(3_000)}`, 'longer than'],
  ])('%j is refused', (text, why) => {
    const said = refusal(() => parseRepositoryUrl(text));
    expect(said).toMatch(new RegExp(why));
    expect(said).not.toMatch(/accepted|secret/);
  });

  it('is one repository in both of its forms, and to whoever stores it again', () => {
    const part = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,8}$/);
    fc.assert(
      fc.property(part, fc.array(part, { minLength: 1, maxLength: 4 }), (user, parts) => {
        const path = parts.join('/');
        fc.pre(!/^\d+\//.test(path));
        const short = parseRepositoryUrl(`${user}@git.example.com:${path}`);
        expect(parseRepositoryUrl(`ssh://${user}@git.example.com/${path}`)).toBe(short);
        expect(parseRepositoryUrl(short)).toBe(short);
      }),
    );
  });

  it('never gives a shell anything but one quoted word, whatever the text', () => {
    const hostile = fc.string({ unit: fc.constantFrom(...`'"\\$\`;|&<>()!*?#~-%/.@: abü\n`), maxLength: 20 });
    let accepted = 0;
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string()), fc.boolean(), (text, isShort) => {
        const address = isShort ? `git@host:${text}` : `ssh://git@host/${text}`;
        let stored: string;
        try {
          stored = parseRepositoryUrl(address);
        } catch (error) {
          expect(error).toBeInstanceOf(Fault);
          return;
        }
        accepted++;
        expect(uploadPackCommand(sshAddress(stored))).toMatch(/^git-upload-pack '\/[^'"\\!\p{Cc}]+'$/u);
        expect(parseRepositoryUrl(stored)).toBe(stored);
      }),
      { numRuns: 2_000 },
    );
    expect(accepted).toBeGreaterThan(20);
  });

  it('is not quoted when it was stored by other means, with what a quote does not hold', () => {
    for (const path of ["/a'b", '/a!b', '/a\nb', '/-x', '//x', 'x'])
      expect(refusal(() => uploadPackCommand({ path }))).toContain('cannot be sent');
  });

  it.each([
    ['git@github.com:a/b', 'github'],
    ['ssh://git@ssh.github.com:443/a/b', 'github'],
    ['git@gitlab.com:a/b', 'gitlab'],
    ['ssh://git@altssh.gitlab.com:443/a/b', 'gitlab'],
    ['git@bitbucket.org:a/b', 'bitbucket'],
    ['git@codeberg.org:a/b', 'gitea'],
    ['git@git.corp:a/b', null],
  ])('%s is of the provider %s', (text, provider) => {
    expect(providerOfHost(new URL(parseRepositoryUrl(text)).hostname)).toBe(provider);
  });
});

describe('known hosts', () => {
  const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';
  const HOST = { host: 'git.example.com', port: 22 };
  const OTHER_PORT = { host: 'git.example.com', port: 2222 };

  it.each([
    [`git.example.com ${KEY}`, HOST],
    [`# a comment\r\n\r\n  git.example.com\t${KEY} root@host\r\n`, HOST],
    [`other.example.com,Git.Example.com ${KEY}`, HOST],
    [`[git.example.com]:22 ${KEY}`, HOST],
    [`[git.example.com]:2222 ${KEY}`, OTHER_PORT],
    [`github.com ssh-rsa AAAA\ngit.example.com ${KEY}\ngit.example.com ${KEY}`, HOST],
  ])('%j gives the key of its host', (text, address) => {
    expect(parseKnownHosts(text, address)).toEqual([KEY]);
  });

  it('with hashed names are read', () => {
    const salt = Buffer.alloc(20, 7);
    const hash = (name: string) => createHmac('sha1', salt).update(name).digest('base64');
    const line = (name: string) => `|1|${salt.toString('base64')}|${hash(name)} ${KEY}`;
    expect(parseKnownHosts(line('git.example.com'), HOST)).toEqual([KEY]);
    expect(parseKnownHosts(line('[git.example.com]:2222'), OTHER_PORT)).toEqual([KEY]);
    expect(refusal(() => parseKnownHosts(line('git.example.com'), OTHER_PORT))).toContain('no line for [git');
  });

  it.each([
    ['', 'no line for git.example.com; ssh-keyscan'],
    [`git.example.org ${KEY}`, 'no line for'],
    [`[git.example.com]:2222 ${KEY}`, 'no line for'],
    [`*.example.com ${KEY}`, 'pattern'],
    [`git.example.com,!x ${KEY}`, 'pattern'],
    [`@revoked git.example.com ${KEY}`, 'marker'],
    [`@cert-authority *.example.com ${KEY}`, 'marker'],
    ['git.example.com', 'form'],
    ['git.example.com ssh-ed25519', 'form'],
    ['git.example.com ssh-ed25519 not-base64!', 'no key of the type'],
    [`git.example.com ssh-rsa ${KEY.split(' ')[1]}`, 'no key of the type'],
    [`|2|a|b ${KEY}`, 'hashed'],
    [`git.example.com ${dss()}`, 'ssh-dss'],
    [`git.example.com ${rsa(1024)}`, '1024 bits'],
    [`git.example.com ${rsa(16_384)}`, '16384 bits'],
    ['x'.repeat(20_000), 'longer'],
  ])('%j are refused', (text, why) => {
    expect(refusal(() => parseKnownHosts(text, HOST))).toContain(why);
  });

  function dss(): string {
    return `ssh-dss ${wire('ssh-dss', Buffer.alloc(4, 1))}`;
  }
  function rsa(bits: number): string {
    return `ssh-rsa ${wire('ssh-rsa', Buffer.from([1, 0, 1]), Buffer.alloc(bits / 8, 0xff))}`;
  }
  function wire(...pieces: (string | Buffer)[]): string {
    const all = pieces.map((piece) => Buffer.from(piece));
    const framed = all.flatMap((bytes) => [
      Buffer.from([0, 0, bytes.length >> 8, bytes.length & 255]),
      bytes,
    ]);
    return Buffer.concat(framed).toString('base64');
  }

  it('are never read with anything but a value or a clear refusal', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `git.example.com ${text}`),
        ),
        (text) => {
          const said = refusal(() => parseKnownHosts(text, HOST));
          expect(said).toMatch(/^the known hosts |^accepted/);
        },
      ),
    );
  });

  it.each([
    [
      'github.com',
      [
        '+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU',
        'p2QAMXNIC1TJYWeIOttrVc98/R1BUFWu3/LiyKgUfQM',
        'uNiVztksCsDhcc0u9e8BujQXVUpKZIDTMczCvj3tD2s',
      ],
    ],
    [
      'gitlab.com',
      [
        'eUXGGm1YGsMAS7vkcx6JOJdOGHPem5gQp4taiCfCLB8',
        'HbW3g8zUjNSksFbqTiUWPWg2Bq1x8xdGUrliXFzSnUw',
        'ROQFvPThGrW4RuWLoL9tq9I9zJ42fK4XywyRtbOz/EQ',
      ],
    ],
    [
      'bitbucket.org',
      [
        'ybgmFkzwOSotHTHLJgHO0QN8L0xErw6vd0VhFA9m3SM',
        'FC73VB6C4OQLSCrjEayhMp9UMxS97caD/Yyi2bhW/J0',
        '46OSHA1Rmj8E8ERTC6xkNcmGOw9oFxYr0WF6zWW8l1E',
      ],
    ],
    [
      'codeberg.org',
      [
        'mIlxA9k46MmM6qdJOdMnAQpzGxF4WIVVL+fj+wZbw0g',
        'T9FYDEHELhVkulEKKwge5aVhVTbqCW0MIRwAfpARs/E',
        '6QQmYi4ppFS4/+zSZ5S4IU+4sa6rwvQ4PbhCtPEBekQ',
      ],
    ],
  ])('of %s are those whose fingerprints it publishes', (host, fingerprints) => {
    expect(publishedHostKeys(host).map(fingerprintOfLine)).toEqual(
      fingerprints.map((each) => `SHA256:${each}`),
    );
    // They are read as anybody's would be.
    const lines = publishedHostKeys(host).map((key) => `${host} ${key}`);
    expect(parseKnownHosts(lines.join('\n'), { host, port: 22 })).toEqual(publishedHostKeys(host));
  });

  it('are published by no other host, nor on another port', () => {
    for (const name of ['example.com', '[github.com]:2222', 'constructor', '__proto__', ''])
      expect(publishedHostKeys(name)).toEqual([]);
  });
});

describe('a private key', () => {
  it.each([
    ['Ed25519', ['-t', 'ed25519']],
    ['ECDSA on P-256', ['-t', 'ecdsa', '-b', '256']],
    ['ECDSA on P-384', ['-t', 'ecdsa', '-b', '384']],
    ['ECDSA on P-521', ['-t', 'ecdsa', '-b', '521']],
    ['RSA', ['-t', 'rsa', '-b', '2048']],
    ['ECDSA in PEM', ['-t', 'ecdsa', '-b', '256', '-m', 'PEM']],
    ['RSA in PEM', ['-t', 'rsa', '-b', '2048', '-m', 'PEM']],
  ])('is read as ssh-keygen writes it: %s', async (_name, options) => {
    const { privateKey, publicKey } = await newKeyPair(...options);
    const blob = Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');
    const fingerprint = `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
    expect(parsePrivateKey(privateKey)).toEqual({ text: privateKey, fingerprint });
    const pasted = `\r\n${privateKey.replaceAll('\n', '\r\n')}\r\n\r\n`;
    expect(parsePrivateKey(pasted)).toEqual({ text: privateKey, fingerprint });
    // What signs in later reads it too, and as the same key.
    const parsed = ssh2.utils.parseKey(parsePrivateKey(pasted).text);
    if (parsed instanceof Error || Array.isArray(parsed)) throw new Error('not read');
    expect(parsed.getPublicSSH().equals(blob)).toBe(true);
  });

  it.each([
    ['with a passphrase', ['-t', 'ed25519', '-N', 'hunter2'], 'passphrase'],
    ['with a passphrase, in PEM', ['-t', 'ecdsa', '-m', 'PEM', '-N', 'hunter2'], 'passphrase'],
    ['RSA of 1024 bits', ['-t', 'rsa', '-b', '1024'], '1024 bits'],
    ['RSA of 1024 bits in PEM', ['-t', 'rsa', '-b', '1024', '-m', 'PEM'], '1024 bits'],
    ['PKCS #8', ['-t', 'ecdsa', '-m', 'PKCS8'], 'ssh-keygen -t ed25519'],
  ])('%s is refused', async (_name, options, why) => {
    const { privateKey } = await newKeyPair(...options);
    const said = refusal(() => parsePrivateKey(privateKey));
    expect(said).toContain(why);
    const body = privateKey
      .split('\n')
      .slice(1, -2)
      .filter((line) => line !== '');
    for (const line of body) expect(said).not.toContain(line);
  });

  it('that was changed in any line, cut or mixed up is refused or another one, and never shown', async () => {
    const [one, two] = await Promise.all([newKeyPair(), newKeyPair()]);
    expect(refusal(() => parsePrivateKey(one.publicKey))).toContain('is a public key');
    const lines = one.privateKey.trim().split('\n');
    const other = two.privateKey.trim().split('\n');
    for (const broken of [
      lines.slice(0, -1),
      lines.slice(1),
      [...lines.slice(0, 2), ...lines.slice(3)],
      [...lines.slice(0, 3), ...other.slice(3)],
      lines.map((line, index) => (index === 1 ? line.slice(0, -4) : line)),
      ['-----BEGIN OPENSSH PRIVATE KEY-----', 'AAAA', '-----END OPENSSH PRIVATE KEY-----'],
      ['-----BEGIN RSA PRIVATE KEY-----', 'AAAA', '-----END RSA PRIVATE KEY-----'],
    ]) {
      const said = refusal(() => parsePrivateKey(broken.join('\n')));
      expect(said).toMatch(/^the private key /);
      for (const line of lines.slice(2, -1)) expect(said).not.toContain(line);
    }
  });

  it.each([
    ['Ed25519', ['-t', 'ed25519']],
    ['ECDSA', ['-t', 'ecdsa', '-b', '384']],
    ['RSA', ['-t', 'rsa', '-b', '2048']],
    ['ECDSA in PEM', ['-t', 'ecdsa', '-b', '256', '-m', 'PEM']],
    ['RSA in PEM', ['-t', 'rsa', '-b', '2048', '-m', 'PEM']],
  ])('is not had by whoever has its public half: %s', async (_name, options) => {
    const { privateKey } = await newKeyPair(...options);
    const [first = '', ...rest] = privateKey.trim().split('\n');
    const bytes = Buffer.from(rest.slice(0, -1).join(''), 'base64');
    const { fingerprint } = parsePrivateKey(privateKey);
    const judgements = [...bytes.keys()].map((at) => {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      const body = changed.toString('base64').replace(/.{70}/g, '$&\n');
      const text = [first, body, rest.at(-1)].join('\n');
      const said = refusal(() => parsePrivateKey(text));
      if (/do not belong together|cannot be read/.test(said)) return 'refused';
      return said.startsWith('accepted') && !said.includes(fingerprint) ? 'another' : 'other';
    });
    expect(judgements).not.toContain('another');
    // The secret number is that long, at least.
    expect(judgements.filter((one) => one === 'refused').length).toBeGreaterThan(30);
  });

  it('is nothing else, whatever the text', () => {
    const body = fc.base64String({ minLength: 4, maxLength: 400 });
    const label = fc.constantFrom(
      'OPENSSH PRIVATE KEY',
      'RSA PRIVATE KEY',
      'EC PRIVATE KEY',
      'PRIVATE KEY',
      'X',
    );
    const dressed = fc.tuple(label, body).map(([l, b]) => `-----BEGIN ${l}-----\n${b}\n-----END ${l}-----\n`);
    fc.assert(
      fc.property(fc.oneof(fc.string(), dressed), (text) => {
        expect(refusal(() => parsePrivateKey(text))).toMatch(/^the private key /);
      }),
    );
  });
});

describe('the end of an answer', () => {
  it('is its flush packet, wherever the stream is cut', () => {
    const line = fc.oneof(fc.constant(Buffer.from('0001')), fc.string({ maxLength: 30 }).map(pktLine));
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 8 }),
        fc.array(fc.nat(200), { maxLength: 6 }),
        (lines, cuts) => {
          const answer = Buffer.concat([...lines, FLUSH]);
          const stream = Buffer.concat([answer, pktLine('what comes next')]);
          const at = [...new Set([0, ...cuts.filter((cut) => cut < stream.length), stream.length])].sort(
            (a, b) => a - b,
          );
          const finder = new FlushFinder();
          let end = null;
          for (let i = 0; i + 1 < at.length && end === null; i++) {
            const found = finder.find(stream.subarray(at[i], at[i + 1]));
            if (found !== null) end = (at[i] ?? 0) + found;
          }
          expect(end).toBe(answer.length);
        },
      ),
    );
  });
});
