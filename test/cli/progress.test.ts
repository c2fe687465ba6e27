/** Progress on a terminal, and its absence elsewhere. */
import { describe, expect, it } from 'vitest';
import { progressOn } from '../../cli/progress.ts';

function stream(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => written.push(text) };
}

describe('progress', () => {
  it('is one line that is written over, and gone at the end', () => {
    const terminal = stream(true);
    const progress = progressOn(terminal);
    progress.show(0, 4, 'converged');
    progress.show(2, 4, 'converged, 2 lagging');
    progress.show(2, 4, 'converged, 2 lagging');
    progress.end();
    expect(terminal.written).toEqual([
      `\r\u001b[K[${'.'.repeat(24)}] 0/4 converged`,
      `\r\u001b[K[${'#'.repeat(12)}${'.'.repeat(12)}] 2/4 converged, 2 lagging`,
      '\r\u001b[K',
    ]);
  });

  it('is nothing where nobody watches', () => {
    const file = stream(false);
    const progress = progressOn(file);
    progress.show(1, 2, 'converged');
    progress.end();
    expect(file.written).toEqual([]);
  });
});
