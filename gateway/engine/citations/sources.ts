/** Sources: what a request hands over for an answer to lean on. */
import type { Message } from '../request.ts';
import { spaced, wordsOf } from './words.ts';

export interface Sources {
  /** Each a document, a result of a tool, or a section of sources. */
  readonly texts: readonly string[];
  /** The same in lower case, and as words with a space around each. */
  readonly lower: readonly string[];
  readonly words: readonly string[];
  /** Addresses anywhere in the request, as they are compared. */
  readonly urls: ReadonlySet<string>;
  readonly dois: ReadonlySet<string>;
  /** The numbers of numbered sources: `[1] …`. */
  readonly numbers: ReadonlySet<number>;
}

const TOOL_ROLES: ReadonlySet<string> = new Set(['tool', 'function']);
const BLOCK =
  /<(documents?|sources?|context|passages?|articles?|references?|search_results?|results?|excerpts?|quotes?|file|knowledge)\b[^<>]{0,2000}>([\s\S]*?)<\/\1>/gi;
/** A heading, and what follows it up to the end or the next line that is a heading. */
const SECTION =
  /(?:^|\n)[ \t#*]{0,8}(?:sources?|context|documents?|references?|passages?|search results?|background|excerpts?)[ \t*]{0,4}:([\s\S]*?)(?=\n[ \t#*]{0,8}(?:question|task|instructions?|answer|query|user)[ \t*]{0,4}:|$)/gi;
const IDENTIFIED =
  /<(?:document|source|result|passage|reference)\b[^<>]{0,200}\b(?:id|index|n|number)=["']?(\d{1,3})["' >]/gi;
const NUMBERED = /(?:^|\n)[ \t]{0,8}\[(\d{1,3})\][ \t:.]/g;
export const URLS = /\bhttps?:\/\/[^\s<>"'`)\]}]{3,2000}/gi;
export const DOIS = /\b(?:doi:\s?|doi\.org\/)(10\.\d{4,9}\/[^\s<>"')\]]{1,200})/gi;

export function sourcesOf(messages: readonly Message[]): Sources {
  const all = messages.map(({ content }) => content).join('\n\n');
  const others = messages.filter(({ role }) => role !== 'assistant' && !TOOL_ROLES.has(role));
  const texts = [
    ...messages.filter(({ role }) => TOOL_ROLES.has(role)).map(({ content }) => content),
    ...others.flatMap(({ content }) => [...content.matchAll(BLOCK)].map(([, , inside = '']) => inside)),
    ...others.flatMap(({ content }) => [...content.matchAll(SECTION)].map(([, inside = '']) => inside)),
  ];
  const kept = texts.filter((text) => text.trim() !== '');
  return {
    texts: kept,
    lower: kept.map((text) => text.toLowerCase()),
    words: kept.map((text) => spaced(wordsOf(text))),
    urls: new Set([...all.matchAll(URLS)].map(([url]) => sameUrl(url))),
    dois: new Set([...all.matchAll(DOIS)].map(([, doi = '']) => sameDoi(doi))),
    numbers: new Set(
      [...all.matchAll(NUMBERED), ...all.matchAll(IDENTIFIED)].map(([, number]) => Number(number)),
    ),
  };
}

/** Without what makes no difference: scheme, `www.`, the case of the host, a slash or a full stop at the end, a fragment. */
export function sameUrl(url: string): string {
  const bare = url
    .replace(/^https?:\/\/(?:www\.)?/i, '')
    .replace(/#.*$/, '')
    .replace(/[.,;:!?]+$/, '')
    .replace(/\/+$/, '');
  const slash = bare.indexOf('/');
  return slash < 0 ? bare.toLowerCase() : bare.slice(0, slash).toLowerCase() + bare.slice(slash);
}

export const sameDoi = (doi: string): string => doi.toLowerCase().replace(/[.,;:!?]+$/, '');
