/** Makes texts for `citation-verifier`: answers about a small source that quote it rightly, wrongly, or not at all. */
import { randomOf } from './random.ts';
import { type Section, written } from './section.ts';

const SEED = 49;
const BLOCKS = { unverified_action: 'block', hallucination_action: 'block' };
const SETTINGS = {
  cited: { require_sources: true, output_action: BLOCKS },
  match: { require_source_match: true, output_action: BLOCKS },
  grounded: { require_sources: false, min_confidence: 0, min_groundedness: 0.6, output_action: BLOCKS },
};

interface Source {
  readonly author: string;
  readonly year: number;
  readonly url: string;
  /** Sentences of the source, then the same said in an answer, then what an answer makes up. */
  readonly says: readonly string[];
  readonly told: readonly string[];
  readonly invented: readonly string[];
}

const SOURCES: readonly Source[] = [
  {
    author: 'Brandvold',
    year: 2014,
    url: 'https://lake.example.org/survey',
    says: [
      'The lake is forty metres deep at its northern end.',
      'Its water is renewed every nine years by two mountain streams.',
    ],
    told: [
      'At its northern end the lake is forty metres deep.',
      'Two mountain streams renew its water every nine years.',
    ],
    invented: [
      'The lake was dug by monks who wanted to breed carp.',
      'Tourists may swim there only with a licence from the mayor.',
    ],
  },
  {
    author: 'Ostrander',
    year: 2009,
    url: 'https://clocks.example.com/towers',
    says: [
      'The clock in the tower was built by a locksmith in 1742.',
      'It has a single hand and strikes the hours only.',
    ],
    told: [
      'A locksmith built the clock in the tower in 1742.',
      'The clock has a single hand and only strikes the hours.',
    ],
    invented: [
      'Lightning melted the bells during a famous siege of the castle.',
      'Visitors climb three hundred steps to see a golden rooster.',
    ],
  },
  {
    author: 'Ilmonen',
    year: 2018,
    url: 'https://snow.example.net/report-7',
    says: [
      'Snow cover in the valley has become shorter by eleven days since 1980.',
      'Farmers now sow barley two weeks earlier.',
    ],
    told: [
      'Since 1980, snow cover in the valley has become eleven days shorter.',
      'Barley is now sown two weeks earlier by farmers.',
    ],
    invented: [
      'Glaciers nearby have doubled and threaten several villages.',
      'The government pays skiers to move to the coast.',
    ],
  },
  {
    author: 'Tewari',
    year: 2021,
    url: 'https://api.example.com/docs/retries',
    says: [
      'The client retries a failed request at most four times.',
      'Between two attempts it waits twice as long as before.',
    ],
    told: [
      'A failed request is retried by the client at most four times.',
      'It waits twice as long between attempts as before.',
    ],
    invented: [
      'Every error erases the cache and restarts the whole cluster.',
      'Administrators receive a text message with a new password.',
    ],
  },
  {
    author: 'Quispe',
    year: 2016,
    url: 'https://potato.example.org/varieties',
    says: [
      'The village grows more than sixty varieties of potato.',
      'Most of them are dried in the frost and keep for ten years.',
    ],
    told: [
      'More than sixty varieties of potato are grown in the village.',
      'Most are dried in the frost and then keep for ten years.',
    ],
    invented: [
      'Traders exchange bananas for copper at the weekly market.',
      'A railway company bought the terraces to build a hotel.',
    ],
  },
  {
    author: 'Marchbanks',
    year: 2011,
    url: 'https://bees.example.net/city',
    says: [
      'City bees visited more kinds of flowers than bees in the fields.',
      'Their honey held fewer traces of pesticides.',
    ],
    told: [
      'Bees in the city visited more kinds of flowers than field bees.',
      'There were fewer traces of pesticides in their honey.',
    ],
    invented: [
      'Wasps conquered every hive within a month of the experiment.',
      'Beekeepers sold their vans to finance a skyscraper.',
    ],
  },
];

const block = ({ author, year, url, says }: Source, question: string) =>
  `<document url="${url}">${author} (${year}): ${says.join(' ')}</document> ${question}`;

function sections(isHeld: boolean): readonly Section[] {
  const random = randomOf(SEED + (isHeld ? 1 : 0));
  const held = isHeld ? ' held-out' : '';
  const sources = SOURCES.filter((_, i) => (i % 3 === 2) === isHeld);
  const questions = isHeld
    ? ['What do we know?', 'Explain.', 'In short?']
    : ['What does it say?', 'Summarise it.', 'Tell me more.', 'And?'];
  const many = (answers: (source: Source) => readonly string[]): (readonly [string, string])[] =>
    sources.flatMap((source) =>
      questions.flatMap((question) =>
        answers(source).map((answer) => [block(source, question), answer] as const),
      ),
    );
  const section = (
    truth: 'positive' | 'negative',
    settings: string,
    from: string,
    texts: Section['texts'],
  ): Section => ({
    truth: `${truth}${held}` as Section['truth'],
    settings,
    from,
    shape: 'exchange',
    texts,
  });
  const stranger = (source: Source) => random.pick(SOURCES.filter((other) => other !== source));
  return [
    section(
      'positive',
      'cited',
      'an answer without a source',
      many(({ told }) => [told.join(' '), `${told[0]} That is all.`]),
    ),
    section(
      'negative',
      'cited',
      'an answer with its source',
      many(({ told, author, year, url }) =>
        [`${told[0]} (${author}, ${year})`, `${told[1]} See ${url}.`, `"${told[0]}"`].slice(0, 2),
      ),
    ),
    section(
      'positive',
      'match',
      'an answer with a source that nobody gave',
      many((source) => {
        const { told, author, year, url } = source;
        const other = stranger(source);
        return [
          `${told[0]} (${author}, ${year + 1 + random.int(5)})`,
          `${told[0]} (${other.author}, ${year})`,
          `${told[0]} See ${url}/${random.digits(3)}.`,
          `${told[1]} (${other.url})`,
          `The author writes: "${source.invented[0]}"`,
        ];
      }),
    ),
    section(
      'negative',
      'match',
      'an answer with the source that was given',
      many(({ told, says, author, year, url }) => [
        `${told[0]} (${author}, ${year})`,
        `${author} (${year}) has found: ${told[0]}`,
        `${told[0]} See ${url}.`,
        `The author writes: "${says[0]}" [source](${url})`,
      ]),
    ),
    section(
      'positive',
      'grounded',
      'an answer that the source does not give',
      many(({ invented, told }) => [invented.join(' '), `${told[0]} ${invented.join(' ')}`]),
    ),
    section(
      'negative',
      'grounded',
      'an answer that the source gives',
      many(({ told, says }) => [told.join(' '), told[0] ?? '', says.join(' ')]),
    ),
  ];
}

export function make(): string {
  return written('citation-verifier', SEED, SETTINGS, [...sections(false), ...sections(true)]);
}
