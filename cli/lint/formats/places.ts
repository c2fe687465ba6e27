/** Places: how CI systems want files named, which is from the working directory and with forward slashes. */
import { relative, resolve, sep } from 'node:path';

/** A name that is no path, such as `<stdin>`, stays as it is. */
export function placeOf(file: string, cwd: string): string {
  if (/^<.*>$/.test(file)) return file;
  return relative(cwd, resolve(cwd, file)).split(sep).join('/') || '.';
}
