/** Clocks: the time of day, which is only ever claimed, and the time since the machine started, which decides. */
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

export interface Clock {
  /** May be a day off: it goes into receipts and logs, and decides nothing. */
  now(): Date;
  /** Milliseconds since the machine started, also while it slept. */
  uptimeMs(): number;
  /** Another one after every start of the machine; empty when there is no way to know. */
  readonly bootId: string;
}

export const systemClock: Clock = {
  now: () => new Date(),
  uptimeMs: () => uptime() * 1000,
  bootId: bootId(),
};

/** See proc_sys_kernel(5). */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}
