/** A configuration document: `pack`, `policies`, and what else a gateway reads. */
import type { CheckedDocument } from './check-document.ts';
import { checkShape, type KnownMistake, type Naming } from './check-shape.ts';
import type { Report } from './report.ts';
import { type DocumentContent, textsIn } from './rules/content.ts';
import { CONFIG_DOCUMENT } from './schema/document.ts';
import { find, type MapTree, plain } from './tree.ts';

const INCLUDES: KnownMistake = {
  code: 'E038',
  message: '`includes` is not supported',
  suggestion: 'put everything in this file; one complete file per environment',
};
const RATE_LIMITS: KnownMistake = {
  code: 'E037',
  message: '`rate_limits` is an older shape that gateways no longer read',
  suggestion:
    'use `global_rate_limit`, `user_rate_limit`, `ip_rate_limit` or `token_rate_limit`, like `{max_requests: 100, window_seconds: 60}`',
};

const NAMING: Naming = {
  unknownKey: ([section, kind, key]) => {
    if (section === 'policy') return key === undefined ? 'E001' : 'E002';
    if (kind !== undefined) return 'E032';
    if (section === 'includes') return INCLUDES;
    return section === 'rate_limits' ? RATE_LIMITS : 'E032';
  },
  notOneOf: ([section, key]) => (section === 'policies' && key === 'chain' ? 'E001' : 'E034'),
};

const BASICS = CONFIG_DOCUMENT.pick({ pack: true, policies: true }).strip();

export interface Checked {
  readonly content: DocumentContent;
  /** To be asked only when nothing is wrong. */
  document(): CheckedDocument;
}

export function checkConfigDocument(root: MapTree, report: Report): Checked {
  checkShape(CONFIG_DOCUMENT, root, NAMING, report);
  const blockPath = (kind: string) => ['policy', kind];
  return {
    content: { root, schema: CONFIG_DOCUMENT, chain: textsIn(find(root, ['policies', 'chain'])), blockPath },
    document: () => {
      const { pack, policies } = BASICS.parse(plain(root));
      return { pack, kind: 'config', chain: policies.chain };
    },
  };
}
