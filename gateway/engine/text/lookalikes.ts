/** Lookalikes: letters of other alphabets that are taken for Latin ones. A choice from Unicode's confusables (UTS 39). */

const PAIRS: readonly (readonly [others: string, latin: string])[] = [
  // Cyrillic
  ['аеорсухіјѕһԁԛԝѵкӏүгп', 'aeopcyxijshdqwvklyrn'],
  ['АВЕКМНОРСТУХІЈЅԚԜӀ', 'ABEKMHOPCTYXIJSQWI'],
  // Greek
  ['αορυνικτχεηγω', 'aopuviktxenyw'],
  ['ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ', 'ABEZHIKMNOPTYX'],
  // Armenian, Latin extended
  ['օսոցհ', 'ounqh'],
  ['ıɑɡɩʟɪⅼ', 'iagilil'],
  // Small capitals
  ['ᴀʙᴄᴅᴇꜰɢʜᴊᴋᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢǫ', 'abcdefghjkmnoprstuvwyzq'],
  // Cherokee
  ['ᎪᏴᏟᎠᎬᏀᎻᎥᎫᏦᏞᎷᎾᏢᎡᏚᎢᏙᎳᎩᏃ', 'ABCDEGHiJKLMOPRSTVWYZ'],
];

export const LOOKALIKES: ReadonlyMap<string, string> = new Map(
  PAIRS.flatMap(([others, latin]) => {
    const letters = [...latin];
    return [...others].map((other, i) => [other, letters[i] ?? other] as const);
  }),
);
