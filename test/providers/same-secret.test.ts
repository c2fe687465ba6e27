import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { sameSecret } from '../../lib/providers/same-secret.ts';

const SOURCES = ['lib/', 'functions/', 'local/', 'gateway/'];
/** What holds a secret, or what proves one, by its name. The id of a key is neither. */
const NAMED = String.raw`(?:\w+\.)*\w*(?:secret|signature|hmac|presented|password|adminToken)\w*\b`;
const COMPARED = new RegExp(
  [
    String.raw`\b${NAMED}(?:\.\w+)* *[!=]==? *(?!''|undefined|null)\w`,
    String.raw`\w\)? *[!=]==? *${NAMED}(?!\.kid|\.length)`,
    String.raw`(?:secrets?|signatures?)\.includes\(`,
    String.raw`\.(?:startsWith|endsWith|localeCompare)\(${NAMED}\)`,
    String.raw`compare\(${NAMED}`,
  ].join('|'),
  'gi',
);

describe('comparing secrets', () => {
  it('tells equal from different, whatever the lengths', () => {
    expect(sameSecret('secret', 'secret')).toBe(true);
    for (const other of ['', 'secre', 'secret ', 'Secret', 's'.repeat(10_000)]) {
      expect(sameSecret('secret', other)).toBe(false);
    }
  });

  it('happens in one file only, or inside octokit', () => {
    const root = new URL('../../', import.meta.url);
    const sources = SOURCES.flatMap((folder) =>
      readdirSync(new URL(folder, root), { recursive: true, withFileTypes: true }),
    );
    const files = sources.filter((entry) => entry.isFile() && entry.name.endsWith('.ts'));
    expect(files.length).toBeGreaterThan(300);
    for (const { parentPath, name } of files) {
      const file = relative(fileURLToPath(root), join(parentPath, name));
      const source = readFileSync(join(parentPath, name), 'utf8');
      expect(source.includes('timingSafeEqual'), file).toBe(file === 'lib/providers/same-secret.ts');
      expect(
        [...source.matchAll(COMPARED)].map(([found]) => found),
        file,
      ).toEqual([]);
    }
  });

  it.each([
    'if (signature === expected) return true;',
    'if (given.token !== secret) return;',
    'return secretHash == other;',
    'if (secrets.includes(given)) return;',
    'if (proof.startsWith(signature)) return;',
    'Buffer.compare(hmac, digest)',
  ])('is found where it must not be: %s', (line) => {
    expect([...line.matchAll(COMPARED)]).not.toEqual([]);
  });
});
