/** Entities: what must not be in the arguments of a tool, by the names that `blocked_entity_types` knows. */
import type { Budget } from '../budget.ts';
import { type Finders, findAll } from '../text/finder.ts';
import { PERSONAL, type PersonalLabel } from '../text/personal.ts';

export type Secret =
  | 'jwt'
  | 'aws_access_key'
  | 'aws_secret_key'
  | 'private_key'
  | 'github_token'
  | 'gitlab_token'
  | 'slack_token'
  | 'google_api_key'
  | 'stripe_key'
  | 'openai_api_key'
  | 'anthropic_api_key'
  | 'npm_token'
  | 'url_credentials';

/** The forms that their issuers have published. A JWT is RFC 7519, a private key RFC 7468. */
export const SECRETS: Finders<Secret> = {
  jwt: [{ looks: /(?<![\w-])eyJ[\w-]{8,2000}\.eyJ[\w-]{8,4000}\.[\w-]{0,2000}/g }],
  aws_access_key: [{ looks: /(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])/g }],
  aws_secret_key: [
    {
      looks:
        /(?:aws[\w .-]{0,20}secret|secret[ _-]?access[ _-]?key)[^\n]{0,20}?(?<![A-Za-z0-9/+])([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/gi,
    },
  ],
  private_key: [{ looks: /-----BEGIN (?:[A-Z]{1,10} ){0,3}PRIVATE KEY(?: BLOCK)?-----/g }],
  github_token: [{ looks: /(?<!\w)(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{22,255})/g }],
  gitlab_token: [{ looks: /(?<!\w)glpat-[\w-]{20,255}/g }],
  slack_token: [{ looks: /(?<!\w)xox[abeoprs]-[A-Za-z0-9-]{10,255}/g }],
  google_api_key: [{ looks: /(?<!\w)AIza[\w-]{35}(?![\w-])/g }],
  stripe_key: [{ looks: /(?<!\w)[rs]k_(?:live|test)_[A-Za-z0-9]{16,255}/g }],
  openai_api_key: [{ looks: /(?<![\w-])sk-(?!ant-)(?:proj-|svcacct-|admin-)?[\w-]{20,255}/g }],
  anthropic_api_key: [{ looks: /(?<![\w-])sk-ant-[\w-]{20,255}/g }],
  npm_token: [{ looks: /(?<!\w)npm_[A-Za-z0-9]{36}(?!\w)/g }],
  url_credentials: [{ looks: /(?<!\w)[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/]{1,100}:[^\s@/]{1,200}@[^\s@]/gi }],
};

const PERSONAL_NAMES: ReadonlyMap<string, PersonalLabel> = new Map([
  ['pan', 'card'],
  ['card', 'card'],
  ['credit_card', 'card'],
  ['ssn', 'ssn'],
  ['iban', 'iban'],
  ['email', 'email'],
  ['phone', 'phone'],
  ['ip_address', 'ip_address'],
]);

const isSecret = (name: string): name is Secret => Object.hasOwn(SECRETS, name);

/** The names that are known here, for whoever wrote another. */
export const ENTITY_TYPES: readonly string[] = [...PERSONAL_NAMES.keys(), ...Object.keys(SECRETS)];

export const isEntityType = (name: string): boolean => ENTITY_TYPES.includes(name);

/** The first of these types that is in the text. */
export function entityIn(text: string, types: readonly string[], budget: Budget): string | null {
  const found = types.find((type) => {
    const personal = PERSONAL_NAMES.get(type);
    if (personal) return findAll(PERSONAL, [personal], text, budget).length > 0;
    return isSecret(type) && findAll(SECRETS, [type], text, budget).length > 0;
  });
  return found ?? null;
}
