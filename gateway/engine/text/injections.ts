/**
 * Injections: the forms in which texts try to take over. Known forms of words, in English alone; what is said in other
 * words, or in another language, is not found by them.
 */

/** Between words: spaces, dots, dashes and the like, a few of them. */
const S = String.raw`[\s.,:;*_"'-]{1,8}`;
/** Which rules are meant: without such a word, "ignore the rules of syntax" is no attack. */
const WHICH =
  '(?:all|any|every|previous|prior|earlier|preceding|above|foregoing|your|initial|original|existing|current|system|safety)';
const FILL = `(?:${S}(?:of|the|these|those|my|our|its|given|${WHICH})){0,4}`;
const RULES =
  '(?:instructions?|prompts?|directives?|directions?|rules?|guidelines?|guardrails?|programming|commands?|constraints?)';

const ATTACKS: readonly string[] = [
  `\\b(?:ignore|disregard|forget|override|bypass|overlook|neglect|skip)${FILL}${S}${WHICH}${FILL}${S}${RULES}\\b`,
  `\\b(?:ignore|disregard|forget)${FILL}${S}${RULES}${S}(?:above|before|that${S}came${S}before|(?:that${S})?you${S}(?:were|have${S}been)${S}given)\\b`,
  `\\b(?:ignore|disregard|forget)${S}(?:everything|anything|all)${S}(?:that${S})?(?:(?:you${S})?(?:were|was|have${S}been|ve${S}been)${S}told|above|before|prior|previously)\\b`,
  `\\b(?:reveal|print|show|repeat|output|display|leak|disclose|dump|recite)(?:${S}(?:me|us|to|back|out|verbatim|word|for)){0,4}${S}(?:your|the)(?:${S}(?:full|entire|complete|exact|hidden|secret|initial|original|whole)){0,3}${S}(?:system|developer)${S}(?:prompt|message|instructions?)\\b`,
  `\\bdo${S}(?:not|n${S}?t)${S}(?:follow|obey|comply${S}with)${FILL}${S}${WHICH}${FILL}${S}${RULES}\\b`,
  `\\byou${S}are${S}(?:now${S})?(?:in${S}(?:developer|dan|jailbreak|god|debug|unrestricted)${S}mode|dan\\b|jailbroken|no${S}longer${S}(?:bound|restricted|an?${S}ai))`,
  `\\b(?:enable|enter|activate|switch${S}to)${S}(?:developer|dan|jailbreak|god|unrestricted)${S}mode\\b`,
  `\\bfrom${S}now${S}on${S}you${S}(?:will|must|shall)${S}(?:ignore|disregard|have${S}no${S}(?:rules|restrictions))\\b`,
  `\\b(?:new|updated|real|actual)${S}(?:system${S}(?:prompt|instructions?|message)|instructions?${S}from${S}(?:the${S})?(?:system|developer|administrator))\\b`,
];
export const INJECTIONS = new RegExp(ATTACKS.join('|'), 'is');

/** What chat templates put between turns, and lines that pretend to begin one of the system's. */
const BOUNDARIES: readonly string[] = [
  String.raw`<\|[ \t]{0,4}(?:im_start|im_end|im_sep|system|user|assistant|endoftext|eot_id|start_header_id|end_header_id|begin_of_text|end_of_turn|start_of_turn)[ \t]{0,4}\|>`,
  '<(?:start|end)_of_turn>',
  String.raw`\[/?INST\]|<</?SYS>>`,
  String.raw`</?[ \t]{0,4}(?:system|developer|system[_-]prompt|system[_-]message|instructions?)[ \t]{0,4}>`,
  String.raw`(?:^|\n)[ \t]{0,16}#{2,6}[ \t]{0,4}(?:system|new instructions?|system prompt)[ \t]{0,4}:?[ \t]{0,16}(?:\n|$)`,
  String.raw`(?:^|\n)[ \t]{0,16}(?:system|developer)[ \t]{0,4}(?:prompt|message|override)?[ \t]{0,4}:`,
  String.raw`\n\n(?:human|assistant)[ \t]{0,4}:`,
  String.raw`[-=]{3,16}[ \t]{0,4}(?:begin|end|start)(?:[ \t]{1,4}of)?[ \t]{1,4}(?:system|user|developer)?[ \t]{0,4}(?:prompt|instructions?|input|message)[ \t]{0,4}[-=]{3,16}`,
];
export const FORGED_BOUNDARIES = new RegExp(BOUNDARIES.join('|'), 'i');
