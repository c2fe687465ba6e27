/**
 * `language-validator`: users write in the languages of the document. Its fields are not documented; `allowed_languages` and
 * `action` are this project's own, and a block with any other is not enforced.
 */
import * as z from 'zod';
import { languagesOf } from '../languages/detect.ts';
import { LANGUAGES } from '../languages/scripts.ts';
import type { Enforcement } from './enforcement.ts';

const BLOCK = z.strictObject({
  allowed_languages: z.array(z.string().min(1).max(35)).min(1),
  action: z.enum(['block', 'escalate']).default('block'),
});
/** Not written by the user: the operator's, the model's, and what tools gave back. */
const OTHERS: ReadonlySet<string> = new Set(['system', 'developer', 'assistant', 'tool', 'function']);

export const LANGUAGE_VALIDATOR: Enforcement<'language-validator'> = {
  enforced: true,
  cannot(block) {
    const parsed = BLOCK.safeParse(block);
    if (!parsed.success)
      return 'of its fields, which are not documented, only `allowed_languages`, a list of ISO 639-1 codes, and `action`, block or escalate, are known here';
    const unknown = parsed.data.allowed_languages.find((code) => !LANGUAGES.includes(primary(code)));
    return unknown === undefined
      ? null
      : `nothing here can tell ${unknown} from other languages; known are ${LANGUAGES.join(', ')}`;
  },
  checks(block) {
    const { allowed_languages: codes, action } = BLOCK.parse(block);
    const allowed = new Set(codes.map(primary));
    return {
      request({ messages, budget }) {
        for (const { content } of messages.filter(({ role }) => !OTHERS.has(role))) {
          const languages = languagesOf(content, budget);
          if (languages.length > 0 && !languages.some((language) => allowed.has(language)))
            return { verdict: action, reasonCode: 'language.not_allowed', metadata: { languages } };
        }
        return null;
      },
    };
  },
};

/** `en-US` is English; `no` was the code of Norwegian before `nb`. */
function primary(code: string): string {
  const [language = ''] = code.toLowerCase().split(/[-_]/);
  return language === 'no' ? 'nb' : language;
}
