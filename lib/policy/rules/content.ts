/** Content: a document as rules look at it, whether or not it fits its schema. */
import type * as z from 'zod';
import { NOTES, type Note } from '../schema/fields.ts';
import { formsOf, stepInto } from '../schema/walk.ts';
import { find, isText, type MapTree, type Path, type Tree } from '../tree.ts';

export interface DocumentContent {
  readonly root: MapTree;
  readonly schema: z.ZodType;
  /** What stands in the chain and is text; for a document of one policy, that one. */
  readonly chain: readonly string[];
  /** Where the settings of a kind stand, if they do. */
  blockPath(kind: string): Path;
}

export type Scalar = string | number | boolean | null;

/** The scalar at the path; undefined when there is none. */
export function scalarAt(root: Tree, path: Path): Scalar | undefined {
  const found = find(root, path);
  return found?.kind === 'scalar' ? found.value : undefined;
}

export function numberAt(root: Tree, path: Path): number | null {
  const found = scalarAt(root, path);
  return typeof found === 'number' ? found : null;
}

/** The text in a list. */
export function textsIn(tree: Tree | undefined): readonly string[] {
  const items = tree?.kind === 'list' ? tree.items : [];
  return items.filter(isText).map(({ value }) => value);
}

/** The paths of the items of a list; none when something else stands there. */
export function itemsOf(root: Tree, path: Path): readonly Path[] {
  const found = find(root, path);
  return found?.kind === 'list' ? found.items.map((_, i) => [...path, i]) : [];
}

/** The paths of the values of a mapping; none when something else stands there. */
export function valuesOf(root: Tree, path: Path): readonly Path[] {
  const found = find(root, path);
  return found?.kind === 'map' ? [...found.entries.keys()].map((key) => [...path, key]) : [];
}

export interface Noted {
  readonly path: Path;
  readonly tree: Tree;
}

/** Everything in the document of which its schema notes the same. */
export function noted(content: DocumentContent, is: NonNullable<Note['is']>): readonly Noted[] {
  const found = new Map<Tree, Noted>();
  const visit = (schema: z.core.$ZodType, tree: Tree, path: Path): void => {
    for (const form of formsOf(schema)) {
      if (NOTES.get(form)?.is === is) found.set(tree, { path, tree });
      const children =
        tree.kind === 'map'
          ? [...tree.entries].map(([key, { value }]) => [key, value] as const)
          : tree.kind === 'list'
            ? [...tree.items.entries()]
            : [];
      for (const [step, child] of children) {
        const inner = stepInto(form, step);
        if (inner) visit(inner, child, [...path, step]);
      }
    }
  };
  visit(content.schema, content.root, []);
  return [...found.values()];
}
