/** What Node 20 lacks and `kt` uses. Only in its bundle: from its sources it runs on the Node of this project. */

/** Node 22.1. */
URL.parse ??= (url: string | URL, base?: string | URL): URL | null =>
  URL.canParse(String(url), base === undefined ? undefined : String(base)) ? new URL(url, base) : null;
