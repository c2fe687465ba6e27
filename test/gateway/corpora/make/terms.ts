/** Makes texts for the detectors of terms: what stands for a term, and what only resembles one. */
import { type Random, randomOf } from './random.ts';
import { type Section, written } from './section.ts';

interface Plan {
  readonly detector: string;
  readonly seed: number;
  /** The name of the field, for `settings`. */
  readonly field: string;
  readonly terms: readonly string[];
  /** Whether a term also stands for more than one of its kind. */
  readonly plurals: boolean;
  readonly others: readonly string[];
}

const PLANS: readonly Plan[] = [
  {
    detector: 'dlp-filter',
    seed: 44,
    field: 'blocked_terms',
    terms: [
      'Project Nightjar',
      'Saffron Ledger',
      'Orchid Pricing Model',
      'Tessellate',
      'Bluefin Merger Plan',
      'Vault Seventeen',
    ],
    plurals: false,
    others: [
      'Project Daylight',
      'saffron rice',
      'orchid soil',
      'price model',
      'bluefin tuna',
      'vault of the church',
      'seventeen',
      'nightjars sing',
      'a ledger in yellow',
    ],
  },
  {
    detector: 'entity-list-filter',
    seed: 45,
    field: 'blocked_entities',
    terms: [
      'Harrowgate Dynamics Inc',
      'Tunguska Freight LLC',
      'Oriel Petrochem',
      'Magda Sorelyn',
      'Northlight Avionics Corp',
      'Bashir Qadmeen',
    ],
    plurals: false,
    others: [
      'Harrow School',
      'Tunguska river',
      'fluid dynamics',
      'oriel window',
      'petrochemistry',
      'Magda Goebel Street',
      'northern light',
      'avionics',
      'Bashir Street',
      'freight train',
    ],
  },
  {
    detector: 'itar-ear-filter',
    seed: 46,
    field: 'blocked_terms',
    terms: [
      'infrared seeker head',
      'solid rocket motor',
      'armor plate drawing',
      'cruise missile engine',
      'radar absorbent coating',
      'torpedo fuze',
    ],
    plurals: true,
    others: [
      'infrared sauna',
      'motor oil',
      'head of state',
      'armored car',
      'cruise ship',
      'engine of growth',
      'radar chart',
      'absorbent towel',
      'solid ground',
      'torpedo roll',
      'rocket salad',
    ],
  },
];

const LOOKALIKE: Readonly<Record<string, string>> = { a: 'а', e: 'е', o: 'о', p: 'р', c: 'с' };
const VARIANTS: Readonly<Record<string, (term: string, random: Random) => string>> = {
  'as it is': (term) => term,
  'in capitals': (term) => term.toUpperCase(),
  'in small letters': (term) => term.toLowerCase(),
  'over two lines': (term) => term.replace(' ', '\n'),
  'with hyphens': (term) => term.replaceAll(' ', '-'),
  'as a file name': (term) => `${term.toLowerCase().replaceAll(' ', '_')}.pdf`,
  'in full width': (term) =>
    [...term].map((c) => (c === ' ' ? '\u3000' : String.fromCodePoint(c.charCodeAt(0) + 0xfee0))).join(''),
  'with look-alike letters': (term) => [...term].map((c) => LOOKALIKE[c] ?? c).join(''),
  'with invisible characters': (term, random) =>
    [...term].map((c) => c + random.pick(['', '\u200b', '\u2060', '\u00ad'])).join(''),
  'with a possessive': (term) => `${term}'s`,
};

const FRAMES = {
  development: [
    (v: string) => `Can you tell me more about ${v} today?`,
    (v: string) => `Subject: ${v}\n\nDear all,`,
    (v: string) => `{"topic":"${v}"}`,
    (v: string) => `"${v}", she said.`,
  ],
  heldOut: [
    (v: string) => `The memo (page 2) mentions ${v}; please summarise it.`,
    (v: string) => `* ${v}\n* lunch`,
    (v: string) => `<li>${v}</li>`,
    (v: string) => `re:${v}`,
  ],
} as const;

/** Without what says of which legal form a company is, which names nobody. */
const bare = (term: string): string => term.replace(/ (?:Inc|LLC|Corp)$/, '');

/** One letter too many, too few, another, or two the other way round; never the first, nor a space. */
function misspelt(term: string, random: Random): string {
  const inside = [...Array(term.length).keys()].filter(
    (i) => i > 1 && /[a-z]/.test(term[i] ?? '') && /[a-z]/.test(term[i - 1] ?? ''),
  );
  const at = random.pick(inside);
  const [before, after] = [term.slice(0, at), term.slice(at + 1)];
  return random.pick([
    `${before}${term[at]}${term[at]}${after}`,
    before + after,
    `${before}${term[at] === 'x' ? 'q' : 'x'}${after}`,
    `${term.slice(0, at - 1)}${term[at]}${term[at - 1]}${after}`,
  ]);
}

function sections(plan: Plan, part: keyof typeof FRAMES, random: Random): readonly Section[] {
  const held = part === 'heldOut' ? ' held-out' : '';
  const frame = (text: string) => random.pick(FRAMES[part])(text);
  const terms = plan.terms.filter((_, i) => (i % 3 === 2) === (part === 'heldOut'));
  const truth = (word: string) => `${word}${held}` as Section['truth'];
  const times = part === 'heldOut' ? 2 : 3;
  return [
    ...Object.entries(VARIANTS).map(
      ([name, variant]): Section => ({
        truth: truth('positive'),
        from: `a term ${name}`,
        settings: 'exact',
        texts: terms.flatMap((term) => Array.from({ length: times }, () => frame(variant(term, random)))),
      }),
    ),
    ...(plan.plurals
      ? [
          {
            truth: truth('positive'),
            from: 'a term in the plural',
            settings: 'exact',
            texts: terms.map((term) => frame(`${term}s`)),
          },
        ]
      : []),
    {
      truth: truth('positive'),
      from: 'a misspelt term',
      settings: 'fuzzy',
      texts: terms.flatMap((term) =>
        Array.from({ length: 2 * times }, () => frame(misspelt(bare(term), random))),
      ),
    },
    {
      truth: truth('negative'),
      from: 'a misspelt term, where terms have to be exact',
      settings: 'exact',
      texts: terms.flatMap((term) =>
        Array.from({ length: 2 * times }, () => frame(misspelt(bare(term), random))),
      ),
    },
    {
      truth: truth('negative'),
      from: 'a term that is part of a longer word',
      settings: 'exact',
      texts: terms.flatMap((term) =>
        Array.from({ length: times }, () => frame(`${bare(term)}${random.pick(['ian', 'ology', 'feld'])}`)),
      ),
    },
    {
      truth: truth('negative'),
      from: 'the words of a term in another order, with others between them',
      settings: 'exact',
      texts: terms
        .filter((term) => term.includes(' '))
        .flatMap((term) =>
          Array.from({ length: 2 * times }, () =>
            frame(term.split(' ').join(random.pick([' of the ', ' or a ', ' and some ', ' beside our ']))),
          ),
        ),
    },
    ...['exact', 'fuzzy'].map(
      (settings): Section => ({
        truth: truth('negative'),
        from: 'a word of a term, or one that is related',
        settings,
        texts: plan.others
          .filter((_, i) => (i % 3 === 2) === (part === 'heldOut'))
          .flatMap((other) => FRAMES[part].map((around) => around(other))),
      }),
    ),
  ];
}

/** By detector. */
export function make(): ReadonlyMap<string, string> {
  return new Map(
    PLANS.map((plan) => {
      const random = randomOf(plan.seed);
      const exact = { [plan.field]: plan.terms };
      const settings = { exact, fuzzy: { ...exact, fuzzy_matching: true, max_distance: 2 } };
      const made = [...sections(plan, 'development', random), ...sections(plan, 'heldOut', random)];
      return [plan.detector, written('terms', plan.seed, settings, made)];
    }),
  );
}
