/** One request and its answer: within a time, up to a size, and never on to another address. */
import { timerMs } from './pause.ts';

interface Sending {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  readonly mostBytes: number;
  readonly signal: AbortSignal;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed when it is JSON, else null. */
  readonly json: unknown;
}

/** Throws when there is no whole answer. */
export async function exchange(send: typeof fetch, sending: Sending): Promise<Answered> {
  const { method, url, headers, body, timeoutMs, mostBytes, signal } = sending;
  const ending = new AbortController();
  const stop = () => ending.abort(signal.reason);
  const timer = setTimeout(() => ending.abort(new DOMException('', 'TimeoutError')), timerMs(timeoutMs));
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  // A token is for whoever was asked.
  const asked = { method, headers, signal: ending.signal, redirect: 'manual' as const };
  try {
    const response = await send(url, body === undefined ? asked : { ...asked, body });
    const text = await readBounded(response, mostBytes);
    return { status: response.status, headers: response.headers, json: jsonOf(text) };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

async function readBounded(response: Response, mostBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > mostBytes) throw new Error(`the answer is larger than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
