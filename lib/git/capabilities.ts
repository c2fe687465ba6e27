/** Capabilities: where a repository's git endpoint is, and what it can do (gitprotocol-v2, capability advertisement). */
import { Fault } from '../domain/fault.ts';
import type { Repository } from '../domain/git.ts';
import { cleanText } from './clean-text.ts';
import { type HttpConnection, refusedStatus } from './connection.ts';
import type { Answer } from './http.ts';
import { type Packet, packets, packetText } from './pkt-line.ts';
import { damaged } from './trouble.ts';

export interface Capabilities {
  /** After redirects: later requests go here. */
  readonly base: URL;
  readonly filter: boolean;
  /** Whether the server names its object format, and so wants it named. */
  readonly namesObjectFormat: boolean;
}

const ADVERTISEMENT = '/info/refs?service=git-upload-pack';
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** One GET, plus one for each redirect; only this first request follows redirects, as with git itself. */
export async function discover(repository: Repository, connection: HttpConnection): Promise<Capabilities> {
  let url = new URL(`${repository.url}${ADVERTISEMENT}`);
  for (let left = connection.bounds.redirects; ; left -= 1) {
    const answer = await connection.get(url);
    if (!REDIRECTS.has(answer.status)) return read(answer, url, connection);
    answer.discard();
    if (left === 0) throw new Fault('network', `${url.host} redirects too often`, { advice: 'give_up' });
    url = redirected(url, answer.headers.location);
  }
}

function redirected(from: URL, location: string | undefined): URL {
  const to = location && URL.canParse(location, from.href) ? new URL(location, from) : null;
  const refuse = (why: string) =>
    new Fault('validation', `${from.host} redirects ${why}; use the repository’s own URL`);
  if (!to) throw refuse('to nowhere');
  if (to.protocol !== 'https:' && to.protocol !== 'http:') throw refuse('to something that is not HTTP');
  if (from.protocol === 'https:' && to.protocol === 'http:') throw refuse('from https to http');
  if (to.username || to.password) throw refuse('to a URL with credentials');
  if (!`${to.pathname}${to.search}`.endsWith(ADVERTISEMENT))
    throw refuse('to a page that is not a git repository');
  return to;
}

async function read(answer: Answer, url: URL, connection: HttpConnection): Promise<Capabilities> {
  const type = answer.headers['content-type'] ?? '';
  if (answer.status !== 200 || !type.startsWith('application/x-git-upload-pack-advertisement')) {
    answer.discard();
    throw refusedStatus(answer, url.host);
  }
  return readCapabilities(packets(answer.body), {
    base: new URL(url.href.slice(0, -ADVERTISEMENT.length)),
    refusal: (words) => connection.refusal(url.host, words),
    oldProtocol: 'a proxy must pass on the Git-Protocol header',
  });
}

export interface Advertiser {
  readonly base: URL;
  refusal(words: string): Fault;
  /** What keeps a server from version 2, beside its age. */
  readonly oldProtocol: string;
}

export async function readCapabilities(
  packets: AsyncGenerator<Packet>,
  from: Advertiser,
): Promise<Capabilities> {
  const lines = await advertisement(packets, from);
  const of = (name: string) => lines.find((line) => line === name || line.startsWith(`${name}=`));
  const format = of('object-format');
  if (format && format !== 'object-format=sha1') {
    throw new Fault(
      'unsupported',
      `the repository uses ${format.slice(14, 40)} object ids; only SHA-1 is supported`,
    );
  }
  if (!of('fetch') || !of('ls-refs')) throw damaged('it offers neither ls-refs nor fetch');
  const fetch = (of('fetch') ?? '').slice('fetch='.length).split(' ');
  return { base: from.base, filter: fetch.includes('filter'), namesObjectFormat: format !== undefined };
}

/** The lines after `version 2`, read to the end so that the connection can be kept. Older servers are told by their first line, before they list every ref. */
async function advertisement(lines: AsyncGenerator<Packet>, from: Advertiser): Promise<string[]> {
  const found: string[] = [];
  let version2 = false;
  let complete = false;
  for await (const packet of lines) {
    complete = packet === 'flush';
    if (typeof packet === 'string') continue;
    const text = packetText(packet);
    if (text.startsWith('ERR ')) throw from.refusal(text.slice(4));
    if (version2) found.push(text);
    else if (text === 'version 2') version2 = true;
    else if (!text.startsWith('# service=')) throw oldProtocol(from);
  }
  if (!complete) throw damaged('its capabilities end before their last line');
  if (!version2) throw oldProtocol(from);
  return found;
}

function oldProtocol({ base, oldProtocol }: Advertiser): Fault {
  return new Fault(
    'unsupported',
    `${cleanText(base.host)} does not answer in git protocol version 2; a server needs git 2.18 or later, and ${oldProtocol}`,
  );
}
