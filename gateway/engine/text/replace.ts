/** Replace: finds in a text become markers, and what was JSON stays JSON. */
import { BoundExceeded, MAX_MATCHES } from '../budget.ts';
import { type Message, mapTexts } from '../request.ts';
import type { Span } from './view.ts';

export interface Find extends Span {
  /** What it is: `email`, `card`. */
  readonly label: string;
}

/** Of finds that overlap, the one that begins first, and of those the longest. */
function withoutOverlaps(finds: readonly Find[]): readonly Find[] {
  if (finds.length > MAX_MATCHES) throw new BoundExceeded('the matches in one text');
  const kept: Find[] = [];
  for (const find of finds.toSorted((a, b) => a.start - b.start || b.end - a.end))
    if (find.start >= (kept.at(-1)?.end ?? 0)) kept.push(find);
    else {
      // What reaches beyond the one before it must not stay behind in part.
      const last = kept.at(-1);
      if (last && find.end > last.end) kept[kept.length - 1] = { ...last, end: find.end };
    }
  return kept;
}

export interface Replaced {
  readonly messages: readonly Message[];
  /** How many of each label. */
  readonly counts: Readonly<Record<string, number>>;
  /** Arguments of a tool call were JSON and would not be any more. */
  readonly breaksArguments: boolean;
}

export function replaceFinds(
  messages: readonly Message[],
  finder: (text: string) => readonly Find[],
  marker: (find: Find) => string,
): Replaced {
  const counts: Record<string, number> = {};
  const changed = mapTexts(messages, (text) => {
    let [result, at] = ['', 0];
    for (const find of withoutOverlaps(finder(text))) {
      counts[find.label] = (counts[find.label] ?? 0) + 1;
      result += text.slice(at, find.start) + marker(find);
      at = find.end;
    }
    return result + text.slice(at);
  });
  const breaksArguments = messages.some(({ toolCalls }, i) =>
    toolCalls.some((call, j) => {
      const after = changed[i]?.toolCalls[j]?.arguments ?? '';
      return after !== call.arguments && isJson(call.arguments) && !isJson(after);
    }),
  );
  return { messages: changed, counts, breaksArguments };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
