/** Writes server-sent events to a client, no faster than it reads. */
import type { ServerResponse } from 'node:http';
import { UpstreamFailure } from '../upstreams/failure.ts';

/** A client that takes nothing for so long is gone. */
const MAX_STALL_MS = 60_000;

export class EventWriter {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  begin(): void {
    this.#response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      // Proxies would collect it all first.
      'x-accel-buffering': 'no',
    });
    this.#response.socket?.setNoDelay(true);
  }

  /** Throws when the client has gone. */
  async write(event: string): Promise<void> {
    if (this.#response.destroyed) throw gone();
    if (this.#response.write(event)) return;
    await new Promise<void>((resolve, reject) => {
      const settle = (failure: UpstreamFailure | null) => {
        clearTimeout(timer);
        this.#response.off('drain', onDrain).off('close', onClose);
        if (failure) reject(failure);
        else resolve();
      };
      const onDrain = () => settle(null);
      const onClose = () => settle(gone());
      const timer = setTimeout(() => {
        this.#response.destroy();
      }, MAX_STALL_MS);
      this.#response.once('drain', onDrain).once('close', onClose);
    });
  }

  end(): void {
    if (!this.#response.destroyed) this.#response.end();
  }
}

const gone = () => new UpstreamFailure('aborted', 'the client has gone');
