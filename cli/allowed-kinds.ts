/** Kinds that may stay unenforced, as `--allow-unenforced` names them. */
import { isKind, type Kind } from '../lib/policy/kinds.ts';
import { clean } from './clean.ts';
import { usage } from './failure.ts';

export function allowedKinds(names: readonly string[]): ReadonlySet<Kind> {
  return new Set(
    names.map((name) => {
      if (isKind(name)) return name;
      throw usage(`--allow-unenforced: there is no kind ${JSON.stringify(clean(name))}`);
    }),
  );
}
