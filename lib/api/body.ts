/** The body of a request: JSON, of bounded size and depth. */
import { decodeUtf8, parseObject } from '../providers/json.ts';
import { Unusable } from '../providers/verdict.ts';
import { Refusal } from './errors.ts';

/** A policy document has at most 256 KiB; as a JSON string it may take four times as many bytes. */
export const LARGEST_BODY = 1024 * 1024;

/** The object that was sent; an empty body is an empty object, for requests in which everything is optional. */
export async function readJson(request: Request): Promise<unknown> {
  const bytes = await readBounded(request);
  if (bytes.length === 0) return {};
  const [type = ''] = (request.headers.get('content-type') ?? '').split(';');
  if (type.trim().toLowerCase() !== 'application/json')
    throw new Refusal(
      'unsupported_media_type',
      'json_only',
      'send the body as Content-Type: application/json',
    );
  try {
    return parseObject(decodeUtf8(bytes));
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    throw new Refusal('invalid_request', 'malformed_json', error.message);
  }
}

async function readBounded({ body, headers }: Request): Promise<Buffer> {
  if (Number(headers.get('content-length') ?? 0) > LARGEST_BODY) throw tooLarge();
  if (body === null) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > LARGEST_BODY) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(): Refusal {
  return new Refusal('too_large', 'body_too_large', `a body may have at most ${LARGEST_BODY} bytes`);
}
