/** Check a document against its schema, and say in our words what is wrong and where. */
import * as z from 'zod';
import type { Code } from './codes.ts';
import { explain, isTypeIssue } from './explain.ts';
import { KINDS } from './kinds.ts';
import { didYouMean } from './nearest.ts';
import type { Report } from './report.ts';
import { ENV_KEY, environmentName, NOTES } from './schema/fields.ts';
import { formsOf, keysOf, stepInto, unwrapped } from './schema/walk.ts';
import { find, isText, type MapTree, type Path, plain } from './tree.ts';

export interface KnownMistake {
  readonly code: Code;
  readonly message: string;
  readonly suggestion: string;
}

export interface Naming {
  /** The code for a key, at this path, that its schema does not have; with words of its own if it is well known. */
  unknownKey(path: Path): Code | KnownMistake;
  /** The code for a value, at this path, that is none of the values its schema has. */
  notOneOf(path: Path): Code;
}

/** Every way in which the document does not fit goes into the report, whatever else is wrong. */
export function checkShape(schema: z.ZodType, root: MapTree, naming: Naming, report: Report): void {
  const result = schema.safeParse(plain(root));
  if (!result.success) new Shape(root, naming, report).issues(schema, [], result.error.issues);
}

/** Many more than are shown; each may cost a search for what was meant. */
const MAX_ISSUES = 300;

class Shape {
  #left = MAX_ISSUES;
  readonly #unions = new Set<string>();
  readonly #root: MapTree;
  readonly #naming: Naming;
  readonly #report: Report;

  constructor(root: MapTree, naming: Naming, report: Report) {
    this.#root = root;
    this.#naming = naming;
    this.#report = report;
  }

  /** Issues of the value at `base`; `others` are forms it might have had, but was not closest to. */
  issues(
    schema: z.core.$ZodType,
    base: Path,
    issues: readonly z.core.$ZodIssue[],
    others: readonly z.core.$ZodType[] = [],
  ): void {
    for (const issue of issues) {
      if (this.#left <= 0) return;
      const steps = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
      let at: z.core.$ZodType | undefined = schema;
      let depth = 0;
      while (at && !isUnion(at) && depth < steps.length) at = stepInto(unwrapped(at), steps[depth++] ?? '');
      if (at && isUnion(at)) this.union(at, [...base, ...steps.slice(0, depth)]);
      else this.issue(at, [...base, ...steps], issue, steps.length === 0 ? others : []);
    }
  }

  /** Asked anew, and once: of some unions zod tells how one form fails, and not the others. */
  private union(schema: z.core.$ZodType, path: Path): void {
    const [found, name] = [find(this.#root, path), JSON.stringify(path)];
    if (!found || this.#unions.has(name)) return;
    this.#unions.add(name);
    const [forms, value] = [formsOf(schema), plain(found)];
    const errors = forms.map((form) => z.safeParse(form, value).error?.issues ?? []);
    const { form, issues, rest } = closest(forms, errors);
    if (form) this.issues(form, path, issues, rest);
  }

  private issue(
    schema: z.core.$ZodType | undefined,
    path: Path,
    issue: z.core.$ZodIssue,
    others: readonly z.core.$ZodType[],
  ): void {
    if (issue.code === 'unrecognized_keys') {
      this.unknownKeys(schema && unwrapped(schema), path, issue.keys, others);
      return;
    }
    if (this.#left-- <= 0) return;
    const found = find(this.#root, path);
    if (!found) {
      this.#report.of(this.#root, path, 'E031', `\`${path.at(-1)}\` is required`);
    } else if (issue.code === 'invalid_value' && isText(found) && this.#naming.notOneOf(path) === 'E001') {
      const fix = didYouMean(found.value, KINDS, 'see the list of kinds');
      this.#report.ofValue(this.#root, path, 'E001', `unknown policy kind \`${found.value}\``, fix);
    } else {
      const [message, suggestion] = explain(issue, found, schema);
      const code = issue.code === 'invalid_value' ? this.#naming.notOneOf(path) : 'E034';
      this.#report.ofValue(this.#root, path, isTypeIssue(issue, found) ? 'E033' : code, message, suggestion);
    }
  }

  /** Keys that the form takes after all do not count: any number of them must not hide what is wrong elsewhere. */
  private unknownKeys(
    form: z.core.$ZodType | undefined,
    at: Path,
    keys: readonly string[],
    others: readonly z.core.$ZodType[],
  ): void {
    const isEnvironment = (key: string) =>
      form !== undefined && NOTES.get(form)?.takesEnvKeys === true && ENV_KEY.test(key);
    let isMixed = false;
    for (const key of keys) {
      if (this.#left <= 0) return;
      const path = [...at, key];
      if (isEnvironment(key)) {
        this.environmentName(path);
        continue;
      }
      const elsewhere =
        form && others.some((other) => keysOf(other).includes(key)) ? mixed(form, others) : '';
      if (elsewhere && isMixed) continue;
      isMixed ||= elsewhere !== '';
      this.#left--;
      this.unknownKey(form, path, key, elsewhere);
    }
  }

  private unknownKey(form: z.core.$ZodType | undefined, path: Path, key: string, elsewhere: string): void {
    const keys = form ? keysOf(form) : [];
    const naming = this.#naming.unknownKey(path);
    if (typeof naming !== 'string') {
      this.#report.of(this.#root, path, naming.code, naming.message, naming.suggestion);
      return;
    }
    const valid = keys.length > 0 ? `valid keys: ${keys.join(', ')}` : '';
    const below = form && keys.find((name) => holds(form, name, key));
    const suggestion = elsewhere || (below ? `write it under \`${below}\`` : didYouMean(key, keys, valid));
    const what = naming === 'E001' ? 'unknown policy kind' : 'unknown key';
    this.#report.of(this.#root, path, naming, `${what} \`${key}\``, suggestion);
  }

  private environmentName(path: Path): void {
    const value = find(this.#root, path);
    const { error } = environmentName.safeParse(value && plain(value));
    if (error) this.issues(environmentName, path, error.issues);
  }
}

const isUnion = (schema: z.core.$ZodType) => formsOf(schema).length > 1;

/** The form that has the most of the keys, then the one with the fewest things wrong; the first of several. */
function closest(forms: readonly z.core.$ZodType[], errors: readonly (readonly z.core.$ZodIssue[])[]) {
  let best = { form: forms[0], issues: errors[0] ?? [], distance: Number.POSITIVE_INFINITY };
  for (const [i, issues] of errors.entries()) {
    const distance = issues.reduce((sum, issue) => sum + distanceOf(issue), 0);
    if (distance < best.distance) best = { form: forms[i], issues, distance };
  }
  return { ...best, rest: forms.filter((form) => form !== best.form) };
}

/** However much is wrong below a key, a form without that key was not meant; nor one that is no mapping or no list. */
function distanceOf(issue: z.core.$ZodIssue): number {
  const isInside = issue.path.length > 0;
  if (issue.code === 'unrecognized_keys') return issue.keys.length * (isInside ? 1 : MAX_ISSUES);
  const isOther = issue.code === 'invalid_type' || issue.code === 'invalid_value';
  return isOther && !isInside ? Number.POSITIVE_INFINITY : 1;
}

function mixed(form: z.core.$ZodType, others: readonly z.core.$ZodType[]): string {
  const forms = [form, ...others].map((each) => keysOf(each).join(', '));
  return `two forms are mixed; use one: either ${forms.join('; or ')}`;
}

/** Whether the section `name` of an object has the key. */
function holds(form: z.core.$ZodType, name: string, key: string): boolean {
  const section = stepInto(form, name);
  return section !== undefined && formsOf(section).some((each) => keysOf(each).includes(key));
}
