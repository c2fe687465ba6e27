/**
 * A fresh function: loads the bundle, answers one event, and says when each was done, in milliseconds after the process
 * started, and what the answer was. Plain JavaScript, as on Lambda.
 */
import { readFileSync } from 'node:fs';

const started = performance.now();
const [, , bundle, file] = process.argv;
const { handler } = await import(bundle);
const loaded = performance.now();
const answer = await handler(JSON.parse(readFileSync(file, 'utf8')));
const answered = performance.now();
console.log(`\ncold ${JSON.stringify({ started, loaded, answered, answer })}`);
// Open connections would keep the process, and Lambda keeps them too.
process.exit(0);
