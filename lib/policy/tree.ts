/** A tree: a YAML document as plain maps, lists and scalars that still know where they stand. */

/** Offsets count UTF-16 units from the start of the text. */
export type Tree = MapTree | ListTree | ScalarTree;

export interface MapTree {
  readonly kind: 'map';
  readonly offset: number;
  /** Keys are unique, and never `__proto__`, `constructor` or `prototype`. */
  readonly entries: ReadonlyMap<string, Entry>;
}

export interface Entry {
  readonly keyOffset: number;
  readonly value: Tree;
}

export interface ListTree {
  readonly kind: 'list';
  readonly offset: number;
  readonly items: readonly Tree[];
}

export interface ScalarTree {
  readonly kind: 'scalar';
  readonly offset: number;
  readonly value: string | number | boolean | null;
}

export type Path = readonly (string | number)[];

export function isMap(tree: Tree | undefined): tree is MapTree {
  return tree?.kind === 'map';
}

export function childOf(map: MapTree, key: string): Tree | undefined {
  return map.entries.get(key)?.value;
}

export function isText(tree: Tree | undefined): tree is ScalarTree & { readonly value: string } {
  return tree?.kind === 'scalar' && typeof tree.value === 'string';
}

/** The value as JSON would hold it. */
export function plain(tree: Tree): unknown {
  switch (tree.kind) {
    case 'scalar':
      return tree.value;
    case 'list':
      return tree.items.map(plain);
    case 'map':
      return Object.fromEntries([...tree.entries].map(([key, { value }]) => [key, plain(value)]));
  }
}

/** What stands at the path below `root`; undefined when nothing does. */
export function find(root: Tree, path: Path): Tree | undefined {
  let tree: Tree | undefined = root;
  for (const step of path) {
    if (tree?.kind === 'map') tree = childOf(tree, String(step));
    else if (tree?.kind === 'list' && typeof step === 'number') tree = tree.items[step];
    else return undefined;
  }
  return tree;
}

/** Where to point for the path: its key in a map, its item in a list; when it is missing, what should hold it. */
export function offsetOf(root: Tree, path: Path): number {
  const step = path.at(-1);
  if (step === undefined) return root.offset;
  const around = path.slice(0, -1);
  const parent = find(root, around);
  if (parent?.kind === 'map') return parent.entries.get(String(step))?.keyOffset ?? offsetOf(root, around);
  if (parent?.kind === 'list' && typeof step === 'number') return parent.items[step]?.offset ?? parent.offset;
  return offsetOf(root, around);
}

/** `policies.chain[0]`. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}
