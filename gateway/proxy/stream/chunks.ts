/** Chunks: a completion as the stream that would have made it. */

type Fields = Readonly<Record<string, unknown>>;

/** UTF-16 units of text in one chunk, about a dozen tokens. */
const PIECE_UNITS = 48;

export interface Chunkable {
  readonly choices: readonly (Fields & { readonly message: Fields })[];
}

export function* chunksOf({ choices, usage, ...head }: Chunkable & Fields): Generator<Fields> {
  const chunk = (rest: Fields) => ({ ...head, object: 'chat.completion.chunk', ...rest });
  for (const [at, { message, index = at, finish_reason: finish, ...others }] of choices.entries()) {
    const { content, tool_calls: calls, ...said } = message;
    const delta = (fields: Fields, finished: unknown = null, more: Fields = {}) =>
      chunk({ choices: [{ index, delta: fields, ...more, finish_reason: finished }] });
    yield delta({ ...said, content: content === null ? null : '' });
    if (typeof content === 'string') for (const piece of piecesOf(content)) yield delta({ content: piece });
    if (Array.isArray(calls)) for (const [i, call] of calls.entries()) yield* callChunks(call, i, delta);
    yield delta({}, finish ?? 'stop', others);
  }
  if (usage != null) yield chunk({ choices: [], usage });
}

function* callChunks(call: Fields, index: number, delta: (fields: Fields) => Fields): Generator<Fields> {
  const { function: called } = call;
  if (typeof called !== 'object' || called === null) {
    // Of another form, which has its text elsewhere.
    yield delta({ tool_calls: [{ index, ...call }] });
    return;
  }
  const { arguments: text, ...named } = called as Fields;
  yield delta({ tool_calls: [{ index, ...call, function: { ...named, arguments: '' } }] });
  for (const piece of piecesOf(typeof text === 'string' ? text : ''))
    yield delta({ tool_calls: [{ index, function: { arguments: piece } }] });
}

/** No character is cut in two. */
export function* piecesOf(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    let end = Math.min(at + PIECE_UNITS, text.length);
    if (end < text.length && /[\ud800-\udbff]/.test(text.charAt(end - 1))) end--;
    yield text.slice(at, end);
    at = end;
  }
}
