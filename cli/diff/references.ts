/** References: the documents a command line can name, as files, standard input, or versions of the API. */
import { statSync } from 'node:fs';
import { CONFIGURATION } from '../answers.ts';
import type { Api } from '../api-client.ts';
import { clean } from '../clean.ts';
import { EXIT } from '../exit-code.ts';
import { Failure, usage } from '../failure.ts';
import { STDIN } from '../lint/find-documents.ts';
import { readDocument } from '../lint/lint.ts';

export interface NamedDocument {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** `payments@12`, `payments@ver_…`, `payments@active`, `payments@head`. */
const VERSION_REFERENCE = /^([A-Za-z0-9][A-Za-z0-9._-]{0,199})@([A-Za-z0-9_-]{1,100})$/;

export interface Places {
  readonly stdin: AsyncIterable<unknown>;
  api(): Promise<Api>;
}

/** A file of that name goes first. At most a little more than a document may have is read. */
export async function readReference(reference: string, { stdin, api }: Places): Promise<NamedDocument> {
  const [, configuration, version] = VERSION_REFERENCE.exec(reference) ?? [];
  if (configuration !== undefined && version !== undefined && !isThere(reference)) {
    const client = await api();
    const id = await versionIdOf(configuration, version, client);
    return { name: reference, bytes: await readVersion(client, configuration, id) };
  }
  const read = await readDocument(reference, stdin);
  if (read.kind === 'read') return { name: reference === STDIN ? '<stdin>' : reference, bytes: read.bytes };
  throw usage(
    `${clean(reference)} cannot be read: ${read.why}`,
    'Name a file, - for standard input, or a version as CONFIGURATION@VERSION.',
  );
}

export function readVersion(api: Api, configuration: string, version: string): Promise<Uint8Array> {
  const [id, v] = [encodeURIComponent(configuration), encodeURIComponent(version)];
  return api.bytes(`/v1/configurations/${id}/versions/${v}/content`);
}

async function versionIdOf(configuration: string, version: string, api: Api): Promise<string> {
  if (version !== 'active' && version !== 'head') return version;
  const { value } = await api.call(
    'GET',
    `/v1/configurations/${encodeURIComponent(configuration)}`,
    CONFIGURATION,
  );
  const found = version === 'active' ? value.active_version : value.head_version;
  if (found) return found.id;
  throw new Failure(EXIT.no, `configuration ${configuration} has no version yet`);
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
