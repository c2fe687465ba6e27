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
}

export interface EvaluationRequest {
  readonly messages: readonly Message[];
  /** The names of the tools that are offered to the model. */
  readonly tools: readonly string[];
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
  return messages.map(({ role, content, toolCalls }) => ({
    role,
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
