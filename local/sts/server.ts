/**
 * STS on this machine: AssumeRole for roles of the template, over the query protocol. No signature is verified; what
 * the credentials may do is.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { readBody } from '../http/body.ts';
import { contextOf } from '../iam/request.ts';
import { describe, type StackLog } from '../log.ts';
import { closeNow, LOOPBACK, listen } from '../net.ts';
import { assumeRole } from './assume-role.ts';
import { AwsFailure } from './failure.ts';
import type { Sessions } from './sessions.ts';
import { element, type Xml } from './xml.ts';

export interface LocalSts {
  readonly endpoint: string;
  stop(): Promise<void>;
}

interface Options {
  readonly sessions: Sessions;
  readonly log: StackLog;
}

const MAX_REQUEST = 16 * 1024;
const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

export async function startSts({ sessions, log }: Options): Promise<LocalSts> {
  const server = createServer((request, response) => {
    answer(request, sessions).then(
      (result) => send(response, 200, 'AssumeRoleResponse', [element('AssumeRoleResult', result)]),
      (error) => {
        const failure =
          error instanceof AwsFailure ? error : new AwsFailure('InternalFailure', 'failed', 500);
        if (failure !== error) log('sts', describe(error));
        const type = element('Type', failure.status < 500 ? 'Sender' : 'Receiver');
        const about = [type, element('Code', failure.code), element('Message', failure.message)];
        send(response, failure.status, 'ErrorResponse', [element('Error', about)]);
      },
    );
  });
  const port = await listen(server, 0);
  return {
    endpoint: `http://${LOOPBACK}:${port}`,
    stop: () => closeNow(server),
  };
}

async function answer(request: IncomingMessage, sessions: Sessions): Promise<Xml> {
  const body = await readBody(request, MAX_REQUEST);
  if (body.kind !== 'read') throw new AwsFailure('ValidationError', 'the request could not be read', 400);
  const fields = Object.fromEntries(new URLSearchParams(body.bytes.toString('utf8')));
  if (fields['Action'] !== 'AssumeRole')
    throw new AwsFailure('InvalidAction', 'AssumeRole is all that there is here', 400);
  // No role trusts who has only borrowed one.
  const { authorization, 'x-amz-security-token': token } = request.headers;
  const refusal = sessions.refusal({ authorization, token: token?.toString() }, () => [
    {
      action: 'sts:AssumeRole',
      resource: fields['RoleArn'] ?? '',
      context: contextOf({ 'sts:RoleSessionName': [fields['RoleSessionName']] }),
    },
  ]);
  if (refusal) throw refusal;
  return assumeRole(fields, sessions);
}

function send(response: ServerResponse, status: number, name: string, content: Xml): void {
  const metadata = element('ResponseMetadata', [element('RequestId', randomUUID())]);
  response.writeHead(status, { 'content-type': 'text/xml' });
  response.end(`<${name} xmlns="${NAMESPACE}">${content.join('')}${metadata}</${name}>`);
}
