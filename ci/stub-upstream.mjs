/**
 * Stands in for a model provider: answers every chat completion with "All is well.", and prints its URL, for
 * KEEPTRUSTS_UPSTREAM_URL. `node stub-upstream.mjs [port]`; any free port without one.
 */
import { createServer } from 'node:http';

const MAX_BYTES = 10 * 1024 * 1024;
const choice = { index: 0, message: { role: 'assistant', content: 'All is well.' }, finish_reason: 'stop' };
const usage = { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14 };

const server = createServer(async (request, response) => {
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) return void request.destroy();
  }
  const isChat = request.method === 'POST' && request.url?.endsWith('/chat/completions');
  response.writeHead(isChat ? 200 : 404, { 'content-type': 'application/json' });
  const answer = {
    id: 'stub',
    object: 'chat.completion',
    created: 0,
    model: 'stub',
    choices: [choice],
    usage,
  };
  response.end(JSON.stringify(isChat ? answer : { error: { message: 'only /chat/completions is here' } }));
});
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}/v1`);
});
