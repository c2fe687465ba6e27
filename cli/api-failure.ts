/** What it means when the API does not do what it was asked, in words that say what to do. */
import { clean } from './clean.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { Failure } from './failure.ts';

/** What kind of no, and whether it is an answer (1) or the lack of one (2). */
const KINDS = {
  refused: EXIT.unknown,
  unauthorised: EXIT.unknown,
  forbidden: EXIT.unknown,
  'not found': EXIT.no,
  conflict: EXIT.no,
  invalid: EXIT.no,
  /** A question that it does not understand is not answered with no. */
  'not understood': EXIT.unknown,
  limited: EXIT.unknown,
  unavailable: EXIT.unknown,
  strange: EXIT.unknown,
} as const satisfies Record<string, ExitCode>;
type ApiFailureKind = keyof typeof KINDS;

export class ApiFailure extends Failure {
  override readonly name = 'ApiFailure';
  readonly kind: ApiFailureKind;
  /** As the API names it: `fed_by_git`. Null when it named nothing. */
  readonly code: string | null;

  constructor(
    kind: ApiFailureKind,
    message: string,
    more: { advice?: readonly string[]; code?: string | null } = {},
  ) {
    super(KINDS[kind], message, more.advice ?? []);
    this.kind = kind;
    this.code = more.code ?? null;
  }
}

/** Who asked and where, as far as it may be shown. */
export interface Asked {
  readonly url: string;
  readonly urlSource: string;
  readonly tokenSource: string | null;
  readonly withheld: readonly { readonly source: string; readonly origin: string }[];
}

interface ErrorBody {
  readonly message: string;
  readonly code: string | null;
  readonly details: readonly Readonly<Record<string, unknown>>[];
}

/** The answer as an error; what is not in the API's own envelope is quoted in part. */
export function failureOf(
  method: string,
  status: number,
  text: string,
  headers: { get(name: string): string | null },
  asked: Asked,
): ApiFailure {
  const body = parseErrorBody(text);
  const said = body ? clean(body.message) : `the API answered ${status}${quoted(text)}`;
  const code = body?.code ?? null;
  if (status === 401) return new ApiFailure('unauthorised', said, { code, advice: whoseToken(asked) });
  if (status === 403) return new ApiFailure('forbidden', said, { code, advice: whoseToken(asked) });
  if (status === 404)
    return new ApiFailure('not found', said, { code, advice: body ? [] : [whereAt(asked)] });
  if (status === 409) return new ApiFailure('conflict', said, { code });
  const wish = headers.get('retry-after');
  if (status === 429) {
    const advice =
      wish === null || !/^\d{1,9}$/.test(wish) ? [] : [`It wants to be left alone for ${wish} s.`];
    return new ApiFailure('limited', said, { code, advice });
  }
  if (status === 400 || status === 413 || status === 415 || status === 422)
    return new ApiFailure(method === 'GET' && status === 400 ? 'not understood' : 'invalid', said, {
      code,
      advice: findingLines(body?.details ?? []),
    });
  const request = headers.get('x-request-id') ?? headers.get('apigw-requestid');
  const quote = request && !said.includes(request) ? [`request ${clean(request)}`] : [];
  if (status >= 500) return new ApiFailure('unavailable', said, { code, advice: [...quote, whereAt(asked)] });
  return new ApiFailure('strange', said, { code, advice: [...quote, whereAt(asked)] });
}

export const whereAt = ({ url, urlSource }: Asked) => `The API is ${url} (from ${urlSource}).`;

function whoseToken({ tokenSource, withheld }: Asked): string[] {
  if (tokenSource !== null) return [`The token comes from ${tokenSource}.`];
  const kept = withheld.map(
    ({ source, origin }) => `The token of ${source} belongs to ${origin} and was not sent.`,
  );
  return [...kept, 'No token was sent: give --api-token, or set KEEPTRUSTS_API_TOKEN.'];
}

const MOST_FINDINGS = 50;

/** The lines of `policy lint`, for what the API found. */
function findingLines(details: ErrorBody['details']): string[] {
  const findings = details.filter(({ code, line }) => typeof code === 'string' && typeof line === 'number');
  const lines = findings.slice(0, MOST_FINDINGS).flatMap(findingText);
  const more = findings.length - MOST_FINDINGS;
  return more > 0 ? [...lines, `… and ${more} more`] : lines;
}

export function findingText(finding: Readonly<Record<string, unknown>>): string[] {
  const { code, severity, path, line, column, message, suggestion } = finding;
  const where = `${line}:${column}${path ? ` ${path}` : ''}`;
  return [
    clean(`${severity ?? 'error'}[${code}]: ${message}`),
    clean(`  --> ${where}`),
    ...(suggestion ? [clean(`  help: ${suggestion}`)] : []),
  ];
}

function parseErrorBody(text: string): ErrorBody | null {
  try {
    const { error } = JSON.parse(text) as { error?: Record<string, unknown> };
    const { message, code, details } = error ?? {};
    if (typeof message !== 'string') return null;
    const listed = Array.isArray(details) ? details : [];
    return {
      message,
      code: typeof code === 'string' ? code : null,
      details: listed.filter((detail) => typeof detail === 'object' && detail !== null),
    };
  } catch {
    return null;
  }
}

/** A page of a proxy, say: enough of it to recognise. */
function quoted(text: string): string {
  const words = clean(text.slice(0, 400)).replace(/\s+/g, ' ').trim().slice(0, 120);
  return words === '' ? '' : `: ${words}`;
}
