/** Sections: what a valid document says beside its policies, typed and with its defaults. */
import type * as z from 'zod';
import { CONFIG_DOCUMENT } from '../../lib/policy/schema/document.ts';
import { ENV_KEY } from '../../lib/policy/schema/fields.ts';

type Document = z.output<typeof CONFIG_DOCUMENT>;

export interface Sections extends Omit<Document, 'providers' | 'policy' | 'policies' | 'testing'> {
  readonly providers: Omit<NonNullable<Document['providers']>, 'targets'>;
  readonly targets: readonly Target[];
}

export type Target = NonNullable<NonNullable<Document['providers']>['targets']>[number] & {
  /** By field: the environment variable that holds it (`azure_deployment_env: NAME`). */
  readonly fromEnvironment: Readonly<Record<string, string>>;
};

/** `document`: plain, of a valid document that is not of one policy. Throws for any other. */
export function sectionsOf(document: unknown): Sections {
  const { providers, policy: _policy, policies: _policies, testing: _testing, ...rest } = asRecord(document);
  const { targets = [], ...settings } = asRecord(providers ?? {});
  const read = (Array.isArray(targets) ? targets : []).map((target) => split(asRecord(target)));
  const shape = CONFIG_DOCUMENT.omit({ policy: true, policies: true, testing: true });
  const parsed = shape.parse({
    ...rest,
    providers: { ...settings, targets: read.map(({ fields }) => fields) },
  });
  const { targets: typed = [], ...provided } = parsed.providers ?? {};
  return {
    ...parsed,
    providers: provided,
    targets: typed.map((target, i) => ({ ...target, fromEnvironment: read[i]?.fromEnvironment ?? {} })),
  };
}

/** A target takes keys like `azure_deployment_env`, which the schema of its fields does not list. */
function split(target: Readonly<Record<string, unknown>>) {
  const fields: Record<string, unknown> = {};
  const fromEnvironment: Record<string, string> = {};
  for (const [key, value] of Object.entries(target)) {
    if (ENV_KEY.test(key) && typeof value === 'string') fromEnvironment[key.slice(0, -'_env'.length)] = value;
    else fields[key] = value;
  }
  return { fields, fromEnvironment };
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new Error('a valid document is a mapping');
  return Object.fromEntries(Object.entries(value));
}
