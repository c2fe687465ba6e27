/** A fresh function: loads the bundle, answers one event and says with which status. Plain JavaScript, as on Lambda. */
import { readFileSync } from 'node:fs';

const [, , bundle, file] = process.argv;
const { handler } = await import(bundle);
const { statusCode } = await handler(JSON.parse(readFileSync(file, 'utf8')));
console.log(String(statusCode));
