/** The URL of the API as configured: where it may point, and what may be sent there. */
import { usage } from './failure.ts';

/** Without a trailing slash; `where` is what a mistake is reported as. Never repeats credentials in it. */
export function parseApiUrl(text: string, where: string): string {
  const url = URL.parse(text.trim());
  if (!url || !/^https?:$/.test(url.protocol))
    throw usage(`${where}: is not an http:// or https:// URL, as in https://api.example.com`);
  if (url.username !== '' || url.password !== '')
    throw usage(`${where}: holds credentials; give the token as --api-token or KEEPTRUSTS_API_TOKEN`);
  if (url.search !== '' || url.hash !== '') throw usage(`${where}: holds a query or a fragment`);
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

export const originOf = (apiUrl: string): string => new URL(apiUrl).origin;

export function isLoopback(apiUrl: string): boolean {
  const { hostname } = new URL(apiUrl);
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

/** On the way to such a URL anybody could read a token. */
export const isOpen = (apiUrl: string): boolean => apiUrl.startsWith('http:') && !isLoopback(apiUrl);
