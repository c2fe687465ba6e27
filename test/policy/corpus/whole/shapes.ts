/** Documents that are wrong as a whole, or in how their chain and their blocks go together. */
import type { CorpusDocument } from '../expand.ts';
import { beside, PACK, written } from './written.ts';

const NOT_A_DOCUMENT: readonly CorpusDocument[] = [
  written('nothing at all', '', 'E030 '),
  written('only a comment', '# policies come later\n', 'E030 '),
  written('text', 'hello\n', 'E030 '),
  written('a list', '- rbac\n', 'E030 '),
  written('a number', '42\n', 'E030 '),
  written('an empty mapping', '{}\n', 'E031 pack', 'E031 policies'),
  written('no pack', 'policies: {chain: [rbac]}\npolicy: {rbac: {}}\n', 'E031 pack'),
  written('no policies', `${PACK}\n`, 'E031 policies'),
  written('policies of nothing', `${PACK}\npolicies:\n`, 'E033 policies'),
  written('policies without a chain', `${PACK}\npolicies: {}\n`, 'E031 policies.chain'),
  written(
    'a pack that is text',
    'pack: payments\npolicies: {chain: [rbac]}\npolicy: {rbac: {}}\n',
    'E033 pack',
  ),
  written('a policy that is a list', `${PACK}\npolicies: {chain: [rbac]}\npolicy: []\n`, 'E033 policy'),
  written(
    'no policy, which only leaves its kinds without blocks',
    `${PACK}\npolicies: {chain: [rbac]}\n`,
    'E003 policies.chain[0]',
  ),
  written('a block of nothing', `${PACK}\npolicies: {chain: [rbac]}\npolicy:\n  rbac:\n`, 'E033 policy.rbac'),
  written(
    'several things at once',
    `pack: {name: a, version: 1, enabled: "true"}
policies: {chain: [pii-detector, spend_limit]}
policy: {pii-detector: {actoin: block}}
`,
    'E033 pack.version',
    'E033 pack.enabled',
    'E001 policies.chain[1]',
    'E002 policy.pii-detector.actoin',
  ),
];

const KEYS: readonly CorpusDocument[] = [
  {
    ...beside('a misspelt section', 'provider: {}', 'E032 provider'),
    suggestion: 'did you mean `providers`?',
  },
  { ...beside('another misspelt section', 'test: {}', 'E032 test') },
  {
    ...beside('a section in kebab case', 'global-rate-limit: {}', 'E032 global-rate-limit'),
    suggestion: 'did you mean `global_rate_limit`?',
  },
  beside('a key like nothing that is known', 'zzz: 1', 'E032 zzz'),
  beside('a key that hides in another case', 'Providers: {}', 'E032 Providers'),
  beside('a key of YAML editors', 'x-anchors: {}', 'E032 x-anchors'),
  written(
    'a key beside the chain',
    `${PACK}\npolicies: {chain: [rbac], order: strict}\npolicy: {rbac: {}}\n`,
    'E032 policies.order',
  ),
  written(
    'a key in the pack',
    'pack: {name: a, version: 1.0.0, enabled: true, owner: me}\npolicies: {chain: [rbac]}\npolicy: {rbac: {}}\n',
    'E032 pack.owner',
  ),
  beside('a key in the providers', 'providers: {model_groups: []}', 'E032 providers.model_groups'),
  beside('a key in the routing', 'providers: {routing: {weights: {}}}', 'E032 providers.routing.weights'),
  beside(
    'an empty key in a record',
    'testing: {suites: [{name: a, cases: [{input: {headers: {"": x}}, expected: {}}]}]}',
    'E034 testing.suites[0].cases[0].input.headers.',
  ),
];

const chained = (name: string, chain: string, blocks: string, ...findings: readonly string[]) =>
  written(name, `${PACK}\npolicies: {chain: [${chain}]}\npolicy: {${blocks}}\n`, ...findings);

const CHAINS: readonly CorpusDocument[] = [
  {
    ...chained('a misspelt kind', 'pii-detectr', '', 'E001 policies.chain[0]'),
    suggestion: 'did you mean `pii-detector`?',
  },
  {
    ...chained('a kind in snake case', 'spend_limit', '', 'E001 policies.chain[0]'),
    suggestion: 'did you mean `spend-limit`?',
  },
  chained('a kind in capitals', 'RBAC', '', 'E001 policies.chain[0]'),
  chained('a kind like nothing that is known', 'zzzzzz', '', 'E001 policies.chain[0]'),
  chained('an empty kind', '""', '', 'E001 policies.chain[0]'),
  chained('a kind of which only the start is documented', 'document-loader', '', 'E001 policies.chain[0]'),
  {
    ...chained('a misspelt block', 'rbac', 'rbac: {}, pii-detectr: {}', 'E001 policy.pii-detectr'),
    suggestion: 'did you mean `pii-detector`?',
  },
  chained('no kind at all', '', '', 'E034 policies.chain'),
  chained('no kind at all, but a block', '', 'rbac: {}', 'E034 policies.chain', 'E036 policy.rbac'),
  chained('a kind that is nothing', 'null', '', 'E033 policies.chain[0]'),
  chained('a kind that is a mapping', '{name: rbac}', '', 'E033 policies.chain[0]'),
  chained('a kind twice', 'rbac, spend-limit, rbac', 'rbac: {}, spend-limit: {}', 'E035 policies.chain[2]'),
  chained(
    'a kind three times',
    'rbac, rbac, rbac',
    'rbac: {}',
    'E035 policies.chain[1]',
    'E035 policies.chain[2]',
  ),
  chained('kinds alike but not the same', 'eu-ai-act, gdpr-compliance', 'eu-ai-act: {}, gdpr-compliance: {}'),
  chained(
    'a block that never runs',
    'rbac',
    'rbac: {}, spend-limit: {max_daily_usd: 5}',
    'E036 policy.spend-limit',
  ),
  chained(
    'two blocks that never run',
    'rbac',
    'rbac: {}, cjis-mode: {}, bot-detector: {}',
    'E036 policy.cjis-mode',
    'E036 policy.bot-detector',
  ),
  chained('a kind without a block', 'rbac, spend-limit', 'rbac: {}', 'E003 policies.chain[1]'),
  chained(
    'a kind without a block and a block without its kind',
    'rbac',
    'spend-limit: {}',
    'E003 policies.chain[0]',
    'E036 policy.spend-limit',
  ),
];

export const SHAPES: readonly CorpusDocument[] = [...NOT_A_DOCUMENT, ...KEYS, ...CHAINS];
