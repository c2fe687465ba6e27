/** A request, and what came back for it, as policies look at them: text by role, tools by name, headers. */

export interface ToolCall {
  readonly name: string;
  /** As the model wrote them: JSON, as a rule. */
  readonly arguments: string;
}

export interface Message {
  readonly role: string;
  readonly content: string;
  readonly toolCalls: readonly ToolCall[];
  /**
   * A text that is no message: `beside` one, as a citation of an answer, or of a `definition`, as the description of a
   * tool. What is said in a definition is for those alone who look for what must not leave.
   */
  readonly aside?: 'beside' | 'definition';
}

/** What a model is told about a tool, or about the form of its answer, beside the messages. */
export interface Definition {
  /** The name of the tool; `response_format`. */
  readonly of: string;
  /** Descriptions, names of parameters, values to choose from: every text in it. */
  readonly texts: readonly string[];
}

/** What a request may come to at most, for those who count money. */
export interface Demand {
  /** As the caller names it. */
  readonly model: string | null;
  /** UTF-8. No tokenizer makes more tokens than bytes. */
  readonly promptBytes: number;
  /** How many pictures, sounds and files there are, or 100 when there are more. */
  readonly unreadable: number;
  /** Of one completion; null when the caller leaves it to the provider. */
  readonly maxTokens: number | null;
  readonly completions: number;
}

export interface EvaluationRequest {
  readonly messages: readonly Message[];
  /** The names of the tools that are offered to the model. */
  readonly tools: readonly string[];
  readonly definitions: readonly Definition[];
  /** Where there is something that nobody can look at: pictures, sounds, files. Paths, as in `messages[0].content[1]`. */
  readonly unreadable: readonly string[];
  /** Null when there is no body: then nothing is asked of anybody. */
  readonly demand: Demand | null;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  /** What the provider answered; null when only the request is there to look at. */
  readonly answer: readonly Message[] | null;
}

/** Everything somebody wrote, arguments of tool calls included. */
export function textsOf(messages: readonly Message[]): readonly string[] {
  return messages.flatMap(({ content, toolCalls }) => [content, ...toolCalls.map((call) => call.arguments)]);
}

/** The same messages with other text; what `change` gives back unchanged stays as it is. */
export function mapTexts(messages: readonly Message[], change: (text: string) => string): readonly Message[] {
  return messages.map(({ content, toolCalls, ...rest }) => ({
    ...rest,
    content: change(content),
    toolCalls: toolCalls.map((call) => ({ name: call.name, arguments: change(call.arguments) })),
  }));
}

export function toolsUsed(messages: readonly Message[]): readonly string[] {
  return messages.flatMap(({ toolCalls }) => toolCalls.map(({ name }) => name));
}

/** An escape would hide from patterns what the tool will read: `\u0061` is written out. Other escapes stay. */
export function toolCall(name: string, args: string): ToolCall {
  const written = args.replaceAll(/\\(?:u([0-9a-fA-F]{4})|[\s\S])/g, (sequence, hex: string | undefined) => {
    const character = hex === undefined ? '' : String.fromCharCode(Number.parseInt(hex, 16));
    return /^[^\p{Cc}"\\]$/u.test(character) || /^[\ud800-\udfff]$/.test(character) ? character : sequence;
  });
  return { name, arguments: written };
}
