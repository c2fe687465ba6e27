/** Names: how else the name of a company or a person is written. */

/** What says of which legal form a company is; a choice from many countries. */
const LEGAL_FORM =
  /[\s,]+(?:ltd|limited|inc|incorporated|corp|corporation|co|company|llc|llp|lp|plc|gmbh|ag|kg|ug|se|sa|s\.a|sarl|sas|srl|s\.r\.l|spa|s\.p\.a|bv|b\.v|nv|n\.v|oy|oyj|ab|as|a\/s|aps|pty|pte|bhd|ooo|zao|pao|jsc|pjsc|kk|k\.k)\.?$/i;
const TWO_WORDS = /^(\p{L}[\p{L}'’-]+)\s+(\p{L}[\p{L}'’-]+)$/u;

/**
 * The name itself; without its legal form, when two words or more are left, since one alone may be any word; and the
 * other way round for two words, since that is how lists write people: `Lemarov, Viktor`.
 */
export function namesOf(name: string): readonly string[] {
  let bare = name.trim();
  while (LEGAL_FORM.test(bare)) bare = bare.replace(LEGAL_FORM, '');
  const names = /\s/.test(bare.trim()) ? [name, bare] : [name];
  const [, first, last] = TWO_WORDS.exec(name.trim()) ?? [];
  return first && last ? [...names, `${last} ${first}`, `${last}, ${first}`] : names;
}
