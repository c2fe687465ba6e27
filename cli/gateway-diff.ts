/** What a gateway must run, beside a document on this machine. */
import { sha256Hex } from '../lib/domain/ids.ts';
import { diffDocuments } from '../lib/policy/diff/diff-documents.ts';
import { MAX_DOCUMENT_BYTES } from '../lib/policy/parse-tree.ts';
import { type Call, idAsked } from './action.ts';
import { ANNOUNCED } from './answers.ts';
import { printDiff } from './diff-text.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { usage } from './failure.ts';
import { readDocument } from './lint/lint.ts';

export interface GatewayDiffOptions {
  readonly id?: string;
  readonly file: string;
  readonly json: boolean;
}

export async function runGatewayDiff(call: Call<GatewayDiffOptions>): Promise<ExitCode> {
  const { args, options, output } = call;
  const id = idAsked('gateway', args[0], options.id);
  const after = await readLocal(options.file);
  const path = `/v1/gateways/${encodeURIComponent(id)}/configuration`;
  const { manifest, content } = (await (await call.api()).call('GET', path, ANNOUNCED)).value;
  const diff = diffDocuments(Buffer.from(content, 'utf8'), after);
  const hash = sha256Hex(after);
  if (options.json)
    output.json({ gateway_id: id, from: manifest, to: { file: options.file, content_hash: hash }, ...diff });
  else {
    printDiff(diff, output);
    if (diff.changes.length === 0 && hash !== manifest.content_hash)
      output.note('The bytes differ all the same: in comments, or in how it is written.');
  }
  return diff.changes.length === 0 ? EXIT.ok : EXIT.no;
}

async function readLocal(file: string): Promise<Uint8Array> {
  const read = await readDocument(file, process.stdin);
  if (read.kind === 'unreadable') throw usage(`--file: ${file} cannot be read: ${read.why}`);
  if (read.bytes.length <= MAX_DOCUMENT_BYTES) return read.bytes;
  throw usage(`--file: ${file} is larger than ${MAX_DOCUMENT_BYTES / 1024} KiB, which no document may be`);
}
