/** What a function returned, as an HTTP reply: response format 2.0. */
import * as z from 'zod';

export interface Reply {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string | readonly string[]>;
  readonly body: Buffer;
}

const value = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const RESPONSE = z.object({
  statusCode: z.coerce.number().int().min(100).max(599),
  headers: z.record(z.string(), value).nullish(),
  cookies: z.array(z.string()).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

const JSON_TYPE = 'application/json';

/** `undefined` for what API Gateway would not accept as a reply, which is its 500. */
export function toReply(payload: string): Reply | undefined {
  const returned: unknown = JSON.parse(payload);
  if (typeof returned !== 'object' || returned === null || !('statusCode' in returned)) {
    // Anything but a reply is the body of one.
    return jsonReply(200, typeof returned === 'string' ? returned : payload);
  }
  const parsed = RESPONSE.safeParse(returned);
  if (!parsed.success) return undefined;
  const { statusCode, headers, cookies, body, isBase64Encoded } = parsed.data;
  const named = new Map<string, string | readonly string[]>(
    Object.entries(headers ?? {}).map(([name, text]) => [name.toLowerCase(), text]),
  );
  if (body && !named.has('content-type')) named.set('content-type', 'text/plain;charset=UTF-8');
  if (cookies && cookies.length > 0) named.set('set-cookie', cookies);
  return {
    status: statusCode,
    headers: named,
    body: Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8'),
  };
}

/** The gateway's own answers. */
export function messageReply(status: number, message: string): Reply {
  return jsonReply(status, JSON.stringify({ message }));
}

function jsonReply(status: number, body: string): Reply {
  return { status, headers: new Map([['content-type', JSON_TYPE]]), body: Buffer.from(body) };
}
