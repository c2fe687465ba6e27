/** Runs `kt`. What a command answers goes to standard output, everything else to standard error. */
import './without-eval.ts';
import { CommanderError } from 'commander';
import { EXIT } from './exit-code.ts';
import { program } from './program.ts';

/** Whoever read us has seen enough: `kt … | head`. */
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });

const kt = program();
const words = process.argv.slice(2);

/** Node would end with 1, and that is an answer. */
function fault(error: unknown): void {
  console.error('kt: this should not have happened:', error);
  process.exitCode = EXIT.unknown;
}
process.on('uncaughtException', (error) => {
  fault(error);
  process.exit();
});

try {
  if (words.length === 0) kt.outputHelp();
  else await kt.parseAsync(words, { from: 'user' });
} catch (error) {
  // Commander has said what is wrong; asking for help is not wrong.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.unknown;
  else fault(error);
}
