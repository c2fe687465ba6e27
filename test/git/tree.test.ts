import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../lib/domain/fault.ts';
import { parseCommit } from '../../lib/git/git-object.ts';
import { parseTree } from '../../lib/git/tree.ts';
import { treeCache } from '../../lib/git/tree-cache.ts';
import { commitData, treeData } from './pack-writer.ts';

const ID = 'ab'.repeat(20);

describe('a tree', () => {
  it('lists its entries by name', () => {
    const data = treeData([
      { mode: '100644', name: 'a.yaml', id: ID },
      { mode: '120000', name: 'link', id: ID },
      { mode: '160000', name: 'module', id: ID },
      { mode: '777', name: 'odd', id: ID },
      { mode: '100664', name: 'old', id: ID },
      { mode: '100755', name: 'run', id: ID },
      { mode: '40000', name: 'ü', id: ID },
    ]);
    const tree = parseTree(data, 10);
    if (tree.kind !== 'tree') throw new Error(tree.why);
    expect(Object.fromEntries([...tree.entries.values()].map(({ name, kind }) => [name, kind]))).toEqual({
      'a.yaml': 'file',
      run: 'file',
      old: 'file',
      ü: 'directory',
      link: 'symlink',
      module: 'submodule',
      odd: 'unknown',
    });
    expect(tree.entries.get('ü')?.id).toBe(ID);
  });

  it('may be empty', () => {
    expect(parseTree(Buffer.alloc(0), 10)).toEqual({ kind: 'tree', entries: new Map() });
  });

  it.each(['', '.', '..', '.git', '.Git', 'a/b', '/'])('is malformed with an entry named %j', (name) => {
    expect(parseTree(treeData([{ name, id: ID }]), 10).kind).toBe('malformed');
  });

  it.each(['...', '.gitignore', '.github', 'git', '..a', 'constructor', '__proto__'])(
    'may hold %s',
    (name) => {
      const tree = parseTree(treeData([{ name, id: ID }]), 10);
      expect(tree.kind === 'tree' && tree.entries.get(name)?.id).toBe(ID);
    },
  );

  it.each([
    ['in order', ['a', 'b'], 'tree'],
    ['a directory after what sorts before its slash', ['a-', 'a/', 'a0'], 'tree'],
    ['two entries the wrong way round', ['b', 'a'], 'malformed'],
    ['a directory sorted as if it were a file', ['a/', 'a-'], 'malformed'],
    ['a file and a directory of one name', ['a', 'a-', 'a/'], 'malformed'],
  ])('with %s is a %s', (_what, names, kind) => {
    const lines = names.map((name) =>
      name.endsWith('/')
        ? { name: name.slice(0, -1), mode: '40000', id: ID }
        : { name, mode: '100644', id: ID },
    );
    expect(parseTree(treeData(lines), 10).kind).toBe(kind);
  });

  it('is malformed with duplicates, too many entries, or cut off', () => {
    expect(
      parseTree(
        treeData([
          { name: 'a', id: ID },
          { name: 'a', id: ID, mode: '40000' },
        ]),
        10,
      ).kind,
    ).toBe('malformed');
    expect(
      parseTree(
        treeData([
          { name: 'a', id: ID },
          { name: 'b', id: ID },
        ]),
        1,
      ).kind,
    ).toBe('malformed');
    const whole = treeData([{ name: 'a', id: ID }]);
    for (let end = 1; end < whole.length; end += 1)
      expect(parseTree(whole.subarray(0, end), 10).kind).toBe('malformed');
  });

  it('is parsed or malformed, whatever the bytes, and never throws', () => {
    const whole = treeData([
      { name: 'a.yaml', id: ID },
      { name: 'dir', id: ID, mode: '40000' },
    ]);
    const damaged = fc
      .array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 5 })
      .map((edits) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of edits) bytes[at] = value;
        return bytes;
      });
    const random = fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(damaged, random), (bytes) =>
        ['tree', 'malformed'].includes(parseTree(bytes, 10).kind),
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('a commit', () => {
  const commit = (text: string | Buffer) => parseCommit('c'.repeat(40), Buffer.from(text));

  it('tells its tree, author, message and time in UTC', () => {
    expect(
      commit(
        `tree ${ID}\nparent ${ID}\nauthor A U Thor <a@b.c> 1 +0000\ncommitter C <c@d.e> 1700000000 +0530\n\nwhy\n\nmore\n`,
      ),
    ).toEqual({
      id: 'c'.repeat(40),
      tree: ID,
      author: { name: 'A U Thor', email: 'a@b.c' },
      message: 'why\n\nmore',
      committedAt: '2023-11-14T22:13:20.000Z',
    });
  });

  it('does not take a line of its message or signature for a field', () => {
    const signed = `tree ${ID}\nauthor A <a@b> 1 +0000\ncommitter C <c@d> 2 +0000\ngpgsig -----BEGIN\n tree ${'f'.repeat(40)}\n -----END\n\nauthor Evil <e@e>\n`;
    expect(commit(signed)).toMatchObject({ tree: ID, author: { name: 'A' }, message: 'author Evil <e@e>' });
  });

  it('may be written in another encoding, or one that nobody knows', () => {
    const latin = Buffer.from(
      `tree ${ID}\nauthor J\xfcrg <a@b> 1 +0000\ncommitter C <c@d> 1 +0000\nencoding ISO-8859-1\n\ngr\xfcn`,
      'latin1',
    );
    expect(commit(latin)).toMatchObject({ author: { name: 'Jürg' }, message: 'grün' });
    expect(commit(`tree ${ID}\nauthor A <a@b> 1 +0000\nencoding klingon\n\nx`).message).toBe('x');
  });

  it('is cleaned of control characters and capped', () => {
    const long = commit(
      `tree ${ID}\nauthor ${'N'.repeat(5_000)}\u001b[31m <a@b> 1 +0000\n\n\u0000${'m'.repeat(50_000)}`,
    );
    expect(long.author.name).toHaveLength(256);
    expect(long.message).toHaveLength(4_096);
    expect(commit(`tree ${ID}\nauthor A\u0007 <a\u001b@b> 1 +0000\n\nx\u0000y\tz`)).toMatchObject({
      author: { name: 'A', email: 'a@b' },
      message: 'xy\tz',
    });
  });

  it.each(['-99999999999999', '999999999999999', 'x', ''])('may have the impossible time %j', (time) => {
    const text = `tree ${ID}\nauthor A <a@b> 1 +0000\ncommitter C <c@d> ${time} +0000\n\n`;
    expect(commit(text).committedAt).toBe('1970-01-01T00:00:00.000Z');
  });

  it('whose first line is no tree is not read in another way than git reads it', () => {
    for (const first of ['', 'tree x\n', `tree ${ID} \n`, `tree ${ID}\r\n`, `parent ${ID}\n`, `x\u2028`])
      expect(() => commit(`${first}\rtree ${ID}\ntree ${ID}\n\n`)).toThrow(
        expect.objectContaining({ class: 'validation', advice: 'give_up' }),
      );
  });

  it('takes an author from a line of its own only, in whatever encoding', () => {
    const odd = `tree ${ID}\nparent ${ID}\rauthor Evil <e@e> 1 +0000\nauthor A <a@b> 1 +0000\nencoding utf-16\n\n`;
    expect(commit(odd)).toMatchObject({ tree: ID, author: { name: expect.not.stringContaining('Evil') } });
  });

  it('without a tree is malformed, and whatever the bytes only a fault is thrown', () => {
    expect(() => commit('author A <a@b> 1 +0000\n\n')).toThrow(Fault);
    const whole = commitData(ID);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 20 }), (edits) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of edits) bytes[at] = value;
        try {
          expect(commit(bytes).tree).toMatch(/^[0-9a-f]{40}$/);
        } catch (error) {
          expect(error).toBeInstanceOf(Fault);
        }
      }),
    );
  });
});

describe('the tree cache', () => {
  it('keeps what was used last, within its bytes', () => {
    const cache = treeCache(100);
    for (const id of ['a', 'b', 'c', 'd']) cache.set('r', id, Buffer.alloc(25));
    cache.get('r', 'a');
    cache.set('r', 'e', Buffer.alloc(25));
    expect(['a', 'b', 'c', 'd', 'e'].map((id) => cache.get('r', id) !== undefined)).toEqual([
      true,
      false,
      true,
      true,
      true,
    ]);
  });

  it('does not answer for another repository, nor keep what would push out all else', () => {
    const cache = treeCache(100);
    cache.set('one', 'a', Buffer.from('1'));
    cache.set('one', 'large', Buffer.alloc(60));
    expect(cache.get('two', 'a')).toBeUndefined();
    expect(cache.get('one', 'large')).toBeUndefined();
  });
});
