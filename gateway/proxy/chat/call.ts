/** A call: one request for a completion, with the version that it is served by from its start to its end. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Loaded } from '../loaded.ts';

export interface Call {
  readonly id: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** By lower-case name; several of one name joined by commas. */
  readonly headers: ReadonlyMap<string, string>;
  /** Of the connection. */
  readonly ip: string;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  readonly loaded: Loaded;
}

export function headersOf(request: IncomingMessage): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
