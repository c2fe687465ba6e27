/** SSH channel: one `git-upload-pack` at the other end, asked one thing after another. */
import type { ClientChannel } from 'ssh2';
import { bytesText } from './bounds.ts';
import { FlushFinder } from './flush-finder.ts';
import { FLUSH } from './pkt-line.ts';
import type { SshLink } from './ssh-link.ts';
import { late, said } from './ssh-trouble.ts';
import { OverLimit } from './trouble.ts';

export interface GitChannel {
  ask(bytes: Buffer): void;
  /** Up to the flush packet that ends it; whoever stops before leaves the connection of no use. */
  answer(limit: number, signal: AbortSignal): AsyncGenerator<Buffer>;
  /** Says goodbye, and does not wait for the other end to go. */
  end(): void;
}

/** Of what a host says beside its answer, this much is kept, and this much is suffered. */
const KEPT_WORDS = 4_096;
const MOST_WORDS = 65_536;

export function gitChannel(
  channel: ClientChannel,
  link: SshLink,
  { host, secrets }: { readonly host: string; readonly secrets: readonly string[] },
): GitChannel {
  const chunks: AsyncIterator<Buffer> = channel[Symbol.asyncIterator]();
  const closed = new Promise<void>((resolve) => channel.once('close', resolve));
  const words = wordsOf(channel, link);
  let rest: Buffer | null = null;

  /** Null at the end. */
  async function next(signal: AbortSignal): Promise<Buffer | null> {
    const aborted = Promise.withResolvers<never>();
    const abort = () => {
      link.destroy();
      aborted.reject(late(host));
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    try {
      const got = await Promise.race([chunks.next().catch(() => ENDED), aborted.promise]);
      if (!got.done) return got.value;
      await Promise.race([closed, link.closed, aborted.promise]);
      return null;
    } finally {
      signal.removeEventListener('abort', abort);
      aborted.promise.catch(() => {});
    }
  }

  return {
    ask: (bytes) => void channel.write(bytes),
    async *answer(limit, signal) {
      let whole = false;
      try {
        const flush = new FlushFinder();
        let left = limit;
        for (;;) {
          const chunk: Buffer | null = rest ?? (await next(signal));
          rest = null;
          if (chunk === null) throw link.failure ?? said(host, words(), secrets);
          const end = flush.find(chunk);
          const part = end === null ? chunk : chunk.subarray(0, end);
          left -= part.length;
          if (left < 0) throw new OverLimit(`the answer of ${host} is larger than ${bytesText(limit)}`);
          if (end !== null && end < chunk.length) rest = chunk.subarray(end);
          whole = end !== null;
          yield part;
          if (whole) return;
        }
      } finally {
        if (!whole) link.destroy();
      }
    },
    end: () => {
      channel.end(FLUSH);
      channel.resume();
    },
  };
}

const ENDED: IteratorResult<Buffer> = { done: true, value: undefined };

function wordsOf(channel: ClientChannel, link: SshLink): () => string {
  const kept: Buffer[] = [];
  let size = 0;
  channel.stderr.on('data', (chunk: Buffer) => {
    if (size < KEPT_WORDS) kept.push(chunk.subarray(0, KEPT_WORDS - size));
    size += chunk.length;
    if (size > MOST_WORDS) link.destroy();
  });
  return () => Buffer.concat(kept).toString('utf8');
}
