/** Boundaries: what marks where a turn, or the text that an operator hands over, begins and ends. */

/** What chat templates put between turns, and lines that pretend to begin one of the system's. */
const FORGED: readonly string[] = [
  String.raw`<\|[ \t]{0,4}(?:im_start|im_end|im_sep|system|user|assistant|end|endoftext|eot_id|start_header_id|end_header_id|begin_of_text|end_of_turn|start_of_turn)[ \t]{0,4}\|>`,
  '<(?:start|end)_of_turn>',
  String.raw`\[/?INST\]|<</?SYS>>|\[/?SYSTEM\]`,
  String.raw`</?[ \t]{0,4}(?:system|developer|system[_-]prompt|system[_-]message|instructions?)[ \t]{0,4}>`,
  String.raw`(?:^|\n)[ \t]{0,16}#{2,6}[ \t]{0,4}(?:system(?:[ \t]{0,4}:|[ \t]{0,16}(?:\n|$))|new instructions?|instruction[ \t]{0,4}:|response[ \t]{0,4}:|system prompt)[ \t]{0,4}:?`,
  String.raw`(?:^|\n)[ \t]{0,16}\[?(?:system|developer)\]?[ \t]{0,4}(?:prompt|message|override)?[ \t]{0,4}:[ \t]{0,4}(?!\w{1,20}[ \t]{0,2}(?:=|\n|$)|service|ok\b|linux|windows|mac)`,
  String.raw`\n\n(?:human|assistant)[ \t]{0,4}:`,
  String.raw`(?:^|\n)[ \t]{0,16}assistant[ \t]{0,4}:[^\n]{0,300}\nuser[ \t]{0,4}:`,
  String.raw`[-=]{3,16}[ \t]{0,4}(?:begin|end|start)(?:[ \t]{1,4}of)?[ \t]{1,4}(?:system|user|developer)?[ \t]{0,4}(?:prompt|instructions?|input|message|document|text|context)[ \t]{0,4}[-=]{3,16}`,
  String.raw`\b(?:begin|end) system (?:prompt|message|instructions?)\b`,
  String.raw`"role"[ \t]{0,4}:[ \t]{0,4}"(?:system|developer)"[ \t]{0,4},[ \t]{0,4}"content"[ \t]{0,4}:[ \t]{0,4}"`,
  String.raw`(?:^|\n)[ \t]{0,4}(?:"""|'''|~~~)[ \t]{0,4}\n[^\n]{0,40}\b(?:ignore|forget|disregard)\b`,
];
export const FORGED_BOUNDARIES = new RegExp(FORGED.join('|'), 'i');

/** Of no more than these are kept: an operator who names a hundred tags explains markup. */
const MAX_DELIMITERS = 16;
const TAG = /<([a-z][a-z0-9_-]{2,40})(?: [^<>\n]{0,100})?>/gi;
const FENCES = ['"""', "'''", '<<<', '>>>', '%%%', '$$$'];

/** What an operator's text says marks off the text of others: tags that are opened and closed, and fences. */
export function delimitersIn(trusted: string): readonly Delimiter[] {
  const tags = [...trusted.matchAll(TAG)]
    .map(([, name = '']) => name.toLowerCase())
    .filter((name) => trusted.toLowerCase().includes(`</${name}>`) || /_/.test(name));
  const fences = FENCES.filter((fence) => trusted.includes(fence));
  return [...new Set(tags)]
    .slice(0, MAX_DELIMITERS)
    .map((name): Delimiter => ({ opens: `<${name}>`, closes: `</${name}>` }))
    .concat(fences.map((fence): Delimiter => ({ opens: fence, closes: fence })));
}

export interface Delimiter {
  readonly opens: string;
  readonly closes: string;
}

/**
 * Whether a text gets out of what marks it off. An application may have put the marks around it already: a fence at both
 * ends, or pairs of tags that follow each other with nothing but white space between them.
 */
export function escapes(text: string, { opens, closes }: Delimiter): boolean {
  const lower = text.toLowerCase().trim();
  if (opens === closes) {
    const isFenced = lower.length >= 2 * opens.length && lower.startsWith(opens) && lower.endsWith(opens);
    return (isFenced ? lower.slice(opens.length, -opens.length) : lower).includes(opens);
  }
  let [at, lastEnd] = [0, -1];
  for (;;) {
    const open = lower.indexOf(opens, at);
    const close = lower.indexOf(closes, at);
    if (open === -1) return close !== -1;
    if (close < open) return true;
    if (lastEnd >= 0 && lower.slice(lastEnd, open).trim() !== '') return true;
    if (lower.slice(open + opens.length, close).includes(opens)) return true;
    lastEnd = close + closes.length;
    at = lastEnd;
  }
}
