/** A model provider in a process of its own: says what it was told, its name and a word of its own, whole or in pieces. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerCalls } from './child.ts';

/** Between two pieces of a streamed answer: so that many are on their way whenever something changes. */
const PAUSE_MS = 4;

interface Body {
  readonly model: string;
  readonly stream?: boolean;
  readonly messages: readonly { readonly content: string }[];
}

/** What the provider adds, for policies that look at answers. */
const OWN_WORD = 'FROM-THE-MODEL';

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { model, stream, messages } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Body;
  const pieces = [...(messages.at(-1)?.content ?? '').split(/(?<= )/), ` ${model} `, OWN_WORD];
  const about = { id: 'echo', created: 0, model };
  if (!stream) {
    const message = { role: 'assistant', content: pieces.join('') };
    const choices = [{ index: 0, message, finish_reason: 'stop' }];
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ ...about, object: 'chat.completion', choices }));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (delta: object, finish_reason: string | null) => {
    const choices = [{ index: 0, delta, finish_reason }];
    response.write(`data: ${JSON.stringify({ ...about, object: 'chat.completion.chunk', choices })}\n\n`);
  };
  send({ role: 'assistant' }, null);
  for (const content of pieces) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    send({ content }, null);
  }
  send({}, 'stop');
  response.end('data: [DONE]\n\n');
});

const calls = {
  start: async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, ownWord: OWN_WORD };
  },
};

export type EchoCalls = typeof calls;
answerCalls(calls, async () => server.closeAllConnections());
