/** Load: chat completions at a steady rate over kept connections, every second one streamed, in a process of its own. */
import { Agent, type IncomingMessage, request } from 'node:http';
import { answerCalls } from './child.ts';

/** How one request ended. `text` is the model's answer, as its reader puts it together. */
export interface Answered {
  readonly streamed: boolean;
  /** Null when there was no answer, or only a part of one. */
  readonly status: number | null;
  readonly text: string;
  readonly contentHash: string | null;
  readonly ms: number;
  readonly error: string | null;
}

interface Load {
  readonly url: string;
  readonly prompt: string;
  readonly perSecond: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: 256 });
const answers: Answered[] = [];
const pending = new Set<Promise<unknown>>();
let timer: NodeJS.Timeout | undefined;

const calls = {
  /** Requests are sent when they are due, whatever became of those before them. */
  start: ({ url, prompt, perSecond }: Load) => {
    const begun = performance.now();
    let sent = 0;
    timer = setInterval(() => {
      const due = Math.floor(((performance.now() - begun) / 1000) * perSecond);
      for (; sent < due; sent++) {
        const one = ask(url, prompt, sent % 2 === 1).then((answer) => {
          answers.push(answer);
          pending.delete(one);
        });
        pending.add(one);
      }
    }, 2);
  },

  /** Sends nothing more, and returns everything when the last answer is there. */
  finish: async () => {
    clearInterval(timer);
    await Promise.all(pending);
    return answers;
  },
};

function ask(url: string, prompt: string, streamed: boolean): Promise<Answered> {
  const body = JSON.stringify({
    model: 'any',
    stream: streamed,
    messages: [{ role: 'user', content: prompt }],
  });
  const begun = performance.now();
  const failed = (status: number | null, error: string): Answered => ({
    streamed,
    status,
    text: '',
    contentHash: null,
    ms: performance.now() - begun,
    error,
  });
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sending = request(url, { method: 'POST', agent, headers }, (response) => {
      read(response).then(
        (whole) =>
          resolve({
            streamed,
            status: response.statusCode ?? null,
            text: streamed ? streamedText(whole) : plainText(whole),
            contentHash: String(response.headers['x-keeptrusts-content-hash'] ?? ''),
            ms: performance.now() - begun,
            error: null,
          }),
        (error: unknown) => resolve(failed(response.statusCode ?? null, String(error))),
      );
    });
    sending.on('error', (error) => resolve(failed(null, String(error))));
    sending.end(body);
  });
}

async function read(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

interface Choice {
  readonly message?: { readonly content?: string };
  readonly delta?: { readonly content?: string };
}

const choiceIn = (json: string) => (JSON.parse(json) as { choices?: Choice[] }).choices?.[0];

function plainText(body: string): string {
  return choiceIn(body)?.message?.content ?? `no answer in ${body.slice(0, 200)}`;
}

/** Without its last line it is not whole, whatever it says. */
function streamedText(body: string): string {
  const data = body.split('\n').flatMap((line) => (line.startsWith('data:') ? [line.slice(5).trim()] : []));
  if (data.at(-1) !== '[DONE]') return `cut off: ${body.slice(-200)}`;
  return data
    .slice(0, -1)
    .map((json) => choiceIn(json)?.delta?.content ?? '')
    .join('');
}

export type LoadCalls = typeof calls;
answerCalls(calls, async () => {
  clearInterval(timer);
  agent.destroy();
});
