/** Documents that were asked for last are remembered by their hash, and no more of them than there is room for. */
import { describe, expect, it } from 'vitest';
import { rememberingContent } from '../../lib/aws/remembered-content.ts';
import type { Versions } from '../../lib/ports.ts';

function asked() {
  const hashes: string[] = [];
  const versions: Versions = {
    find: async () => null,
    list: async () => ({ items: [], next: null }),
    content: async (hash) => {
      hashes.push(hash);
      return hash === 'none' ? null : Buffer.from(hash);
    },
  };
  return { hashes, content: rememberingContent(versions).content };
}

describe('remembered content', () => {
  it('is read once', async () => {
    const { hashes, content } = asked();
    expect([await content('a'), await content('a')]).toEqual([Buffer.from('a'), Buffer.from('a')]);
    expect(hashes).toEqual(['a']);
  });

  it('is asked for again when it was not there', async () => {
    const { hashes, content } = asked();
    expect([await content('none'), await content('none')]).toEqual([null, null]);
    expect(hashes).toEqual(['none', 'none']);
  });

  it('is what was asked for last', async () => {
    const { hashes, content } = asked();
    await content('first');
    for (let i = 0; i < 15; i++) await content(`${i}`);
    await content('first');
    await content('one more');
    await content('first');
    expect(hashes.filter((hash) => hash === 'first')).toHaveLength(1);
    await content('0');
    expect(hashes.filter((hash) => hash === '0')).toHaveLength(2);
  });
});
