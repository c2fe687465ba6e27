/** Whether two URLs name the same repository, however it is reached. */

/** `https://host/a/b.git`, `ssh://git@host/a/b` and `git@host:a/b` are one. */
export function sameRepository(a: string, b: string): boolean {
  const [left, right] = [placeOf(a), placeOf(b)];
  return left !== null && left === right;
}

/** Hosts are the same in capitals; paths are not, except where all hosts of that kind say so. */
function placeOf(text: string): string | null {
  const [, host, path] = /^(?:[^@/:]+@)?([^/:@]+):(?!\/\/)(.+)$/.exec(text.trim()) ?? [];
  if (host !== undefined && path !== undefined) return place(host, path);
  if (!URL.canParse(text.trim())) return null;
  const url = new URL(text.trim());
  if (url.hostname === '') return null;
  // The port of ssh is not the port of the web, and says nothing about which repository it is.
  const port = /^https?:$/.test(url.protocol) ? url.port : '';
  return place(port === '' ? url.hostname : `${url.hostname}:${port}`, url.pathname);
}

function place(host: string, path: string): string {
  const plain = path.replace(/^\/+|\/+$/g, '').replace(/\.git$/, '');
  return `${host.toLowerCase()}/${decoded(plain)}`;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
