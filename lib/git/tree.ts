/** A tree: one directory's entries, exactly as git stores them. */

export interface TreeEntry {
  readonly kind: 'file' | 'directory' | 'symlink' | 'submodule' | 'unknown';
  readonly name: string;
  readonly id: string;
}

export type ParsedTree =
  | { readonly kind: 'tree'; readonly entries: ReadonlyMap<string, TreeEntry> }
  | { readonly kind: 'malformed'; readonly why: string };

/** 100664 was written by early versions of git. */
const KINDS: Readonly<Record<string, TreeEntry['kind']>> = {
  '100644': 'file',
  '100664': 'file',
  '100755': 'file',
  '40000': 'directory',
  '040000': 'directory',
  '120000': 'symlink',
  '160000': 'submodule',
};

const ID_BYTES = 20;
const SPACE = 0x20;

/**
 * Refuses a whole tree that git itself would refuse to check out (`..`, `.git`, `/`, duplicates), or would not find
 * its way in (entries out of order): such a tree was made by hand, and what it means depends on who reads it. Names that are not UTF-8 are kept but match no path.
 */
export function parseTree(data: Buffer, maxEntries: number): ParsedTree {
  const entries = new Map<string, TreeEntry>();
  const seen = new Set<string>();
  let last = '';
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(SPACE, at);
    const zero = data.indexOf(0, space);
    if (space < 0 || zero < 0 || zero + 1 + ID_BYTES > data.length) return malformed('it is cut off');
    const bytes = data.toString('latin1', space + 1, zero);
    const mode = data.toString('latin1', at, space);
    const why = badName(bytes) ?? (seen.has(bytes) ? `it holds ${JSON.stringify(bytes)} twice` : null);
    if (why) return malformed(why);
    const place = isDirectory(mode) ? `${bytes}/` : bytes;
    if (place < last) return malformed('its entries are not in git’s order');
    last = place;
    seen.add(bytes);
    if (seen.size > maxEntries)
      return malformed(`it holds more than ${maxEntries} entries, all that are left to this read`);
    const name = data.toString('utf8', space + 1, zero);
    const id = data.toString('hex', zero + 1, zero + 1 + ID_BYTES);
    entries.set(name, { kind: KINDS[mode] ?? 'unknown', name, id });
    at = zero + 1 + ID_BYTES;
  }
  return { kind: 'tree', entries };
}

function malformed(why: string): ParsedTree {
  return { kind: 'malformed', why };
}

/** Sorted as if their names ended with a slash; by the file type bits, whatever permissions they come with. */
function isDirectory(mode: string): boolean {
  return (Number.parseInt(mode, 8) & 0o170000) === 0o040000;
}

function badName(name: string): string | null {
  if (name === '') return 'it holds an entry without a name';
  if (name === '.' || name === '..' || name.toLowerCase() === '.git')
    return `it holds an entry named ${name}`;
  if (name.includes('/')) return 'it holds an entry with a slash in its name';
  return null;
}
