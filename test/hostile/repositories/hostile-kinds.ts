/** What a hostile host may do on the way to a repository, and the class of the fault it must end in. */
import { deflateRawSync, gzipSync } from 'node:zlib';
import type { FaultClass } from '../../../lib/domain/fault.ts';
import { commitData, writePack } from '../../git/pack-writer.ts';
import { packOfStream, zeros } from './bombs.ts';
import {
  ADVERTISEMENT,
  advertisement,
  answer,
  gitScript,
  head,
  packAnswer,
  pour,
  RESULT,
  refs,
  type Script,
} from './hostile-server.ts';
import { TIP } from './truth.ts';

export interface HostileKind {
  readonly name: string;
  readonly class: FaultClass;
  /** Ends with a deadline, so a test must shorten that. */
  readonly slow?: true;
  readonly script: Script;
}

const GIT_PAGE = '/info/refs?service=git-upload-pack';
const says =
  (text: string): Script =>
  (socket) =>
    void socket.write(text);
const closes =
  (text: string): Script =>
  (socket) =>
    void socket.end(text);
const redirectsTo = (location: string): Script => says(head({ location, 'content-length': 0 }, '302 Found'));
/** Honest about its branch, and then this. */
const then = (fetch: Script) => gitScript({ refs: answer(refs(`${TIP} refs/heads/main`)), fetch });
const chunk = (bytes: Uint8Array) =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);

/** One byte now and then, for as long as somebody listens. */
const drips =
  (text: string): Script =>
  (socket) => {
    let at = 0;
    const timer = setInterval(() => {
      if (socket.destroyed) return clearInterval(timer);
      socket.write(text[at++ % text.length] ?? '');
    }, 20);
    socket.once('close', () => clearInterval(timer));
  };

const pours =
  (start: string, part: Uint8Array): Script =>
  (socket) => {
    socket.write(start);
    pour(socket, () => part);
  };

/** Gigabytes in a few megabytes, made of one part over and over. */
function gzippedZeros(mebibytes: number): Buffer {
  const part = deflateRawSync(Buffer.alloc(1024 * 1024, '0'), { finishFlush: 3 });
  return Buffer.concat([gzipSync('').subarray(0, 10), ...Array.from({ length: mebibytes }, () => part)]);
}

const KEPT = { 'content-type': ADVERTISEMENT, 'content-length': 900 };
const ZEROS = Buffer.alloc(60_000, '0');

export const KINDS: readonly HostileKind[] = [
  { name: 'takes connections and says nothing', class: 'network', slow: true, script: () => {} },
  {
    name: 'stops within its head',
    class: 'network',
    slow: true,
    script: says('HTTP/1.1 200 OK\r\ncontent-ty'),
  },
  { name: 'stops within its body', class: 'network', slow: true, script: says(`${head(KEPT)}001e# service`) },
  {
    name: 'drips its head',
    class: 'network',
    slow: true,
    script: drips(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(9_000)}`),
  },
  {
    name: 'drips its body',
    class: 'network',
    slow: true,
    script: (socket, asked) => {
      socket.write(head(KEPT));
      drips('0')(socket, asked);
    },
  },
  {
    name: 'stalls within a pack',
    class: 'network',
    slow: true,
    script: then(says(`${head({ 'content-type': RESULT })}000dpackfile\n0`)),
  },
  { name: 'hangs up at once', class: 'network', script: (socket) => socket.destroy() },
  { name: 'hangs up within its head', class: 'network', script: closes('HTTP/1.1 200 O') },
  { name: 'hangs up within its body', class: 'network', script: closes(`${head(KEPT)}001e#`) },
  {
    name: 'promises less than it sends',
    class: 'network',
    script: says(`${head({ 'content-type': ADVERTISEMENT, 'content-length': 7 })}${advertisement()}`),
  },
  { name: 'is no web server', class: 'network', script: says('SSH-2.0-OpenSSH_9.2\r\n') },
  { name: 'sends gigabytes for a head', class: 'network', script: pours('HTTP/1.1 200 OK\r\nx: ', ZEROS) },
  {
    name: 'sends a hundred large headers',
    class: 'network',
    script: says(
      `HTTP/1.1 200 OK\r\n${Array.from({ length: 100 }, (_, at) => `x-${at}: ${'h'.repeat(16_000)}\r\n`).join('')}\r\n`,
    ),
  },
  {
    name: 'sends gigabytes for a body',
    class: 'too_large',
    script: pours(
      `${head({ 'content-type': ADVERTISEMENT })}000eversion 2\n`,
      Buffer.from(`ffe0${'0'.repeat(65_500)}`),
    ),
  },
  {
    name: 'sends gigabytes in chunks',
    class: 'too_large',
    script: pours(
      `${head({ 'content-type': ADVERTISEMENT, 'transfer-encoding': 'chunked' })}e\r\n000eversion 2\n\r\n`,
      chunk(Buffer.from('0004'.repeat(10_000))),
    ),
  },
  {
    name: 'sends chunks of endless extensions',
    class: 'network',
    script: pours(`${head({ 'content-type': ADVERTISEMENT, 'transfer-encoding': 'chunked' })}1;x=`, ZEROS),
  },
  {
    name: 'sends two lengths',
    class: 'network',
    script: says(`HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 9\r\n\r\n12345`),
  },
  {
    name: 'sends a length and chunks',
    class: 'network',
    script: says(`HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`),
  },
  {
    name: 'sends a body that decompresses to gigabytes',
    class: 'too_large',
    script: (socket) => {
      const bomb = gzippedZeros(2_048);
      socket.write(
        head({ 'content-type': ADVERTISEMENT, 'content-encoding': 'gzip', 'content-length': bomb.length }),
      );
      socket.write(bomb);
    },
  },
  {
    name: 'sends a body that does not decompress',
    class: 'network',
    script: says(
      `${head({ 'content-type': ADVERTISEMENT, 'content-encoding': 'gzip', 'content-length': 4 })}zzzz`,
    ),
  },
  {
    name: 'compresses in a way nobody asked for',
    class: 'unsupported',
    script: says(
      `${head({ 'content-type': ADVERTISEMENT, 'content-encoding': 'zstd', 'content-length': 4 })}zzzz`,
    ),
  },
  {
    name: 'announces an answer without end',
    class: 'network',
    script: pours('', Buffer.from('HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n'.repeat(500))),
  },
  {
    name: 'says to go on, and nothing more',
    class: 'network',
    slow: true,
    script: says('HTTP/1.1 100 Continue\r\n\r\n'),
  },
  {
    name: 'switches to another protocol',
    class: 'network',
    script: says(
      'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n\x81\x05hello',
    ),
  },
  {
    name: 'answers with a sign-in page',
    class: 'not_found',
    script: says(`${head({ 'content-type': 'text/html', 'content-length': 6 })}<html>`),
  },
  { name: 'redirects to a sign-in page', class: 'validation', script: redirectsTo('/users/sign_in') },
  {
    name: 'redirects to the metadata service',
    class: 'validation',
    script: redirectsTo(`http://169.254.169.254/latest${GIT_PAGE}`),
  },
  {
    name: 'redirects to the metadata service over IPv6',
    class: 'validation',
    script: redirectsTo(`http://[fd00:ec2::254]/latest${GIT_PAGE}`),
  },
  {
    name: 'redirects to the runtime API',
    class: 'validation',
    script: redirectsTo(`http://127.0.0.2:9001/2018-06-01/runtime${GIT_PAGE}`),
  },
  { name: 'redirects to a file', class: 'validation', script: redirectsTo(`file:///etc/passwd${GIT_PAGE}`) },
  {
    name: 'redirects round and round',
    class: 'network',
    script: (socket, asked) => redirectsTo(`/${asked.path.length}/x${GIT_PAGE}`)(socket, asked),
  },
  {
    name: 'limits us',
    class: 'rate_limited',
    script: says(head({ 'retry-after': 9_999_999, 'content-length': 0 }, '429 Slow Down')),
  },
  {
    name: 'wants another token',
    class: 'auth',
    script: says(head({ 'www-authenticate': 'Basic', 'content-length': 0 }, '401 No')),
  },
  { name: 'falls over', class: 'network', script: says(head({ 'content-length': 0 }, '500 Oh No')) },
  {
    name: 'has a pack of a gigabyte of zeros',
    class: 'too_large',
    script: then(answer(packAnswer(packOfStream(zeros(1_024), 2 ** 30)))),
  },
  {
    name: 'has a pack without end',
    class: 'too_large',
    script: then((socket) => {
      socket.write(`${head({ 'content-type': RESULT })}000dpackfile\n`);
      pour(socket, () => Buffer.concat([Buffer.from('ea65\x01', 'latin1'), ZEROS]));
    }),
  },
  {
    name: 'has a pack of another commit',
    class: 'not_found',
    script: then(answer(packAnswer(writePack([{ type: 'commit', data: commitData(TIP) }])))),
  },
  {
    name: 'has a damaged pack',
    class: 'network',
    script: then(answer(packAnswer(Buffer.from('PACK, but not one, and long enough to be one')))),
  },
];
