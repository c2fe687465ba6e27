/** Makes texts for `language-validator`: the written sentences again, where their language is allowed. */
import { corpusOf } from '../corpus.ts';
import { randomOf } from './random.ts';
import { type Section, written } from './section.ts';

const SEED = 48;

export function make(): string {
  const random = randomOf(SEED);
  const sentences = corpusOf('language-validator').filter(
    ({ positive, label, at, part }) =>
      positive && label !== null && part !== 'unseen' && at.startsWith('written/'),
  );
  const languages = [...new Set(sentences.flatMap(({ label }) => label ?? []))].sort();
  const settings: Record<string, object> = {};
  const sections: Section[] = [];
  for (const [i, language] of languages.entries()) {
    // With others that have nothing to do with it: they must not matter.
    const others = [
      languages[(i + 7) % languages.length] ?? '',
      languages[(i + 19) % languages.length] ?? '',
    ];
    settings[language] = { allowed_languages: [language, ...others] };
    settings[`not-${language}`] = { allowed_languages: languages.filter((other) => other !== language) };
    for (const isHeld of [false, true]) {
      const texts = sentences
        .filter((item) => item.label === language && (item.part === 'held-out') === isHeld)
        .map(({ parts }) => parts[0] ?? '');
      const held = isHeld ? ' held-out' : '';
      sections.push(
        {
          truth: `negative${held}` as Section['truth'],
          settings: language,
          from: 'a written sentence, where its language is allowed',
          texts,
        },
        {
          truth: `positive${held}` as Section['truth'],
          label: language,
          settings: `not-${language}`,
          from: 'a written sentence, where every other language is allowed',
          texts: random.sample(texts, 2),
        },
      );
    }
  }
  return written('language-validator', SEED, settings, sections);
}
