/**
 * Poisoning: what a description or a result of a tool says to the model rather than about the tool. Known forms, in
 * English alone; the first of them are those of the published attacks on MCP tools.
 */
import type { Budget } from '../budget.ts';
import { FORGED_BOUNDARIES } from '../text/boundaries.ts';
import { decodedParts } from '../text/decoded.ts';
import { isInjection } from '../text/injections.ts';
import { SEEN, viewOf } from '../text/view.ts';
import { SENSITIVE_FILES } from './dangers.ts';

const USER =
  '(?:users?|humans?|operators?|customers?|owners?|developers?|administrators?|anyone|anybody|them)';
const TELL =
  '(?:tell(?:ing)?|mention(?:ing)?|inform(?:ing)?|notif(?:y|ying)|reveal(?:ing)?|disclos(?:e|ing)|show(?:ing)?|alert(?:ing)?|ask(?:ing)?|report(?:ing)?)';
const PRIVATE =
  '(?:conversation|chat history|message history|system prompt|context window|api[ _-]?keys?|credentials?|passwords?|secrets?|access tokens?|environment variables?|private keys?|ssh keys?|cookies|previous messages?)';
const SEND = '(?:send|post|forward|upload|exfiltrate|transmit|leak|submit|email|e-mail|copy|append|encode)';
const DO =
  '(?:call|use|invoke|execute|run|send|delete|transfer|forward|email|upload|fetch|read|open|buy|pay|approve)';

const FORMS: Readonly<Record<string, readonly string[]>> = {
  hidden_instruction: [
    '<\\s{0,4}/?\\s{0,4}(?:important|secret|hidden|critical|admin|priority|override)[^>\\n]{0,40}>',
    '<!--.{0,200}\\b(?:assistant|model|agent|ai|llm|ignore|instruction)\\b',
    `\\b(?:do not|don['’]?t|never|must not|without|avoid)\\b.{0,30}\\b${TELL}\\b.{0,30}\\b${USER}\\b.{0,60}\\b(?:about|that|this|it|of|why|what|first|you|step)\\b`,
    `\\b(?:keep|hide|conceal)\\b.{0,30}\\b(?:this|it|these|that)\\b.{0,30}\\bfrom the ${USER}\\b`,
    `\\bthe ${USER} (?:do|does)(?: not|n['’]t) (?:need|have) to (?:know|see|be told)\\b`,
    `\\bthe ${USER} (?:must|should|need|does|do|will|is)(?: not|n['’]t)? (?:not )?(?:know|see|notice|be told|be aware|aware)\\b`,
  ],
  precondition: [
    `\\bbefore (?:using|calling|invoking|running) (?:this|any|other|another|the [\\w-]{1,40})(?: other)? (?:tools?|functions?)\\b.{0,80}\\b(?:read|send|fetch|pass|include|upload|open|cat)\\b`,
    `\\b(?:when(?:ever)?|if|each time|every time) (?:the |any |another |other )?[\\w-]{0,40} ?(?:tools?|functions?) (?:is|are) (?:called|used|invoked|available)\\b.{0,100}\\b(?:change|replace|set|redirect|add|append|instead|first|also)\\b`,
    '\\balways (?:call|use|invoke|run) this (?:tool|function) (?:first|before|instead)\\b',
    "\\b(?:never|do not|don['’]t) (?:call|use|invoke) (?:the |any )?(?:other|original|official|built-in|real)\\b.{0,30}\\b(?:tools?|functions?)\\b",
  ],
  exfiltration: [
    `\\b${SEND}\\b.{0,80}\\b${PRIVATE}\\b.{0,80}(?:https?://|\\bto\\b.{0,30}@|\\bwebhook\\b|\\bas (?:a |the )?["'\`]?\\w{1,30}["'\`]? ?(?:parameter|argument|field|header)\\b)`,
    `\\b(?:pass|include|put|place|embed|attach|supply)\\b.{0,40}\\b(?:contents? of|conversation|chat history|system prompt|previous messages?|private keys?|environment variables?)\\b.{0,60}\\b(?:as|in|into|within|inside)\\b.{0,40}\\b(?:parameter|argument|field|header|url|query|note|sidenote|comment)\\b`,
    `\\b(?:read|open|cat|fetch|load|get)\\b.{0,60}${SENSITIVE_FILES}`,
    '!\\[[^\\]\\n]{0,100}\\]\\(https?://[^)\\s]{1,300}[?&/=](?:\\{|%7b|<|\\$\\{?|\\[)[^)\\s]{0,100}',
    `\\b(?:image|link|url|address)\\b.{0,60}\\bhttps?://\\S{1,200}[?&][\\w-]{1,40}=.{0,40}\\b(?:${PRIVATE}|base64|encoded)\\b`,
  ],
  command_to_model: [
    `\\b(?:ai|a\\.i\\.|assistant|agent|model|llm|chatbot|claude|chatgpt|gpt|copilot|gemini)s?\\b[,:!]?.{0,40}\\b(?:must|should now|are (?:now )?(?:required|instructed|ordered) to|have to|please|now|immediately)\\b.{0,30}\\b${DO}\\b`,
    `\\b(?:you must|you are required to|you have to|immediately|as your next step|your (?:new|next) task is to)\\b,? (?:now |first |also |immediately )?${DO}\\b.{0,60}\\b(?:tools?|functions?|https?://|files?|e-?mails?|accounts?|money|funds|\\$\\d)`,
    '\\b(?:to|for) (?:the |any |all )?(?:ai|llm|language model|assistant|agent)s?(?: models?)? (?:reading|processing|parsing|summari[sz]ing|viewing) (?:this|the)\\b',
  ],
};

const POISONS: readonly (readonly [name: string, form: RegExp])[] = Object.entries(FORMS).map(
  ([name, forms]) => [name, new RegExp(forms.join('|'), 'is')],
);
/** As measured beside a step of a pattern of a document. */
const STEPS_PER_CHARACTER = 32;

/** Letters that no screen shows: spelt in tags, or turned round. A flag is spelt in tags, and so it may be. */
const UNSEEN = /[\u{e0020}-\u{e007e}]|[\u202d\u202e]|[\u200b\u2060\u2062-\u2064\ufeff]{4}/u;
const FLAG = /\u{1f3f4}[\u{e0020}-\u{e007e}]{1,8}\u{e007f}/gu;

/** The name of the first form that is in the text, or in what is encoded there. */
export function poisonIn(text: string, budget: Budget): string | null {
  if (UNSEEN.test(text.replaceAll(FLAG, ''))) return 'unseen_text';
  const { text: seen } = viewOf(text, SEEN);
  for (const form of [seen, ...decodedParts(seen)]) {
    budget.spend(STEPS_PER_CHARACTER * form.length);
    if (isInjection(form)) return 'injection';
    if (FORGED_BOUNDARIES.test(form)) return 'forged_boundary';
    const found = POISONS.find(([, poison]) => poison.test(form));
    if (found) return found[0];
  }
  return null;
}
