/** Where the DynamoDB emulator's binary is. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** `DYNOXIDE_BIN`, then the `dynoxide` wrapper package, then the package of this platform. Throws one plain message. */
export function findDynoxide(environment: Readonly<Record<string, string | undefined>>): string {
  const require = createRequire(import.meta.url);
  const named = environment['DYNOXIDE_BIN'];
  const candidates = named
    ? [named]
    : [
        ...inPackage(require, 'dynoxide', 'bin/dynoxide'),
        ...inPackage(require, `@dynoxide/${process.platform}-${process.arch}`, 'dynoxide'),
      ];
  const found = candidates.find((path) => existsSync(path));
  if (found) return found;
  throw new Error(
    'DynamoDB needs dynoxide: install it (npm install dynoxide), or set DYNOXIDE_BIN to its binary, or point AWS_ENDPOINT_URL_DYNAMODB at another endpoint.',
  );
}

function inPackage(require: NodeJS.Require, name: string, file: string): string[] {
  try {
    return [join(dirname(require.resolve(`${name}/package.json`)), file)];
  } catch {
    return [];
  }
}
