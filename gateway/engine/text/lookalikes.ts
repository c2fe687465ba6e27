/** Lookalikes: letters of other alphabets that are taken for Latin ones. A choice from Unicode's confusables (UTS 39). */

const PAIRS: readonly (readonly [others: string, latin: string])[] = [
  // Cyrillic
  ['аеорсухіјѕһԁԛԝѵк', 'aeopcyxijshdqwvk'],
  ['АВЕКМНОРСТУХІЈЅԚԜ', 'ABEKMHOPCTYXIJSQW'],
  // Greek
  ['αορυνικτχ', 'aopuviktx'],
  ['ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ', 'ABEZHIKMNOPTYX'],
  // Armenian, Latin extended
  ['օսոցհ', 'ounqh'],
  ['ıɑɡɩʟɪⅼ', 'iagilil'],
];

export const LOOKALIKES: ReadonlyMap<string, string> = new Map(
  PAIRS.flatMap(([others, latin]) => {
    const letters = [...latin];
    return [...others].map((other, i) => [other, letters[i] ?? other] as const);
  }),
);
