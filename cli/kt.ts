#!/usr/bin/env node
/** `kt`: the command line. Everything but this is loaded once Node knows where it keeps what it has compiled. */
import * as module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

// Halves the start. A folder of the user's own: whoever could write to it could run code as them.
const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
try {
  // Not on Node 20; `NODE_DISABLE_COMPILE_CACHE=1` turns it off. Without a folder to write to, nothing is kept.
  module.enableCompileCache?.(process.env['NODE_COMPILE_CACHE'] || join(cache, 'kt'));
} catch {
  // A start that is slower is no reason not to start.
}
await import('./run.ts');
