/** The API as a Lambda function: an event in, the router, a reply out. */
import { handle, type LambdaEvent } from 'hono/aws-lambda';
import { apiApp } from '../../lib/api/app.ts';
import type { ApiPorts } from '../../lib/api/ports.ts';

export function apiHandler(ports: ApiPorts) {
  const answer = handle(apiApp(ports));
  return (event: LambdaEvent) => answer(takesNoBody(event) ? { ...event, body: null } : event);
}

/** A `Request` refuses to be made of these with a body, which the adapter would answer by itself. */
function takesNoBody(event: LambdaEvent): boolean {
  const { requestContext } = event;
  const method = 'http' in requestContext ? requestContext.http.method : '';
  return method === 'GET' || method === 'HEAD';
}
