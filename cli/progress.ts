/** Progress: one line on a terminal that is written over, and nothing anywhere else. */
import type { Stream } from './output.ts';

const WIDTH = 24;

export function progressOn(stream: Stream) {
  let shown = '';
  const write = (text: string) => {
    if (!stream.isTTY || text === shown) return;
    stream.write(`\r\u001b[K${text}`);
    shown = text;
  };
  return {
    show(done: number, of: number, words: string): void {
      const filled = of === 0 ? WIDTH : Math.floor((WIDTH * done) / of);
      write(`[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${done}/${of} ${words}`);
    },
    /** The line goes; what comes next starts where it stood. */
    end: () => write(''),
  };
}
