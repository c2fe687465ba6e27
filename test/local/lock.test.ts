import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockFolder } from '../../local/lock.ts';
import { findProcess, isRunning, waitForExit } from '../../local/process.ts';
import { temporaryFolder } from './fixture.ts';

describe('the lock of a data folder', () => {
  it('is held once, and free again after release, with nothing left behind', async () => {
    const folder = temporaryFolder();
    const lock = await lockFolder(folder);
    await expect(lockFolder(folder)).rejects.toThrow(/in use by another stack/);
    lock.release();
    (await lockFolder(folder)).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['of a process that is gone', JSON.stringify({ pid: 2 ** 22 + 1, started: '1' })],
    [
      'of an earlier process with a pid in use again',
      JSON.stringify({ pid: process.pid, started: 'before' }),
    ],
    ['that is not readable', '{'],
  ])('is taken over when it is one %s', async (_, content) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'stack.lock'), content);
    (await lockFolder(folder)).release();
    expect(existsSync(join(folder, 'stack.lock'))).toBe(false);
  });
});

describe('a process', () => {
  it('is known by its pid and its start, until it ends', async () => {
    const child = spawn('cat');
    const exit = once(child, 'exit');
    const found = findProcess(child.pid ?? 0);
    if (!found) throw new Error('not found');
    expect(isRunning(found)).toBe(true);
    expect(isRunning({ ...found, started: 'another time' })).toBe(false);
    expect(await waitForExit(found, 20)).toBe(false);
    child.stdin.end();
    expect(await waitForExit(found, 5000)).toBe(true);
    await exit;
    expect(findProcess(found.pid)).toBeUndefined();
  });
});
