/** Refs: which commit a branch names now (gitprotocol-v2, "ls-refs"). */
import type { Capabilities } from './capabilities.ts';
import { command } from './command.ts';
import type { Connection } from './connection.ts';
import { isObjectId } from './git-object.ts';
import { packets, packetText } from './pkt-line.ts';
import { damaged } from './trouble.ts';

/** One request. Null when there is no such branch, as in an empty repository. */
export async function lsRefs(
  branch: string,
  capabilities: Capabilities,
  connection: Connection,
): Promise<string | null> {
  const name = `refs/heads/${branch}`;
  const body = command('ls-refs', ['symrefs', `ref-prefix ${name}`], capabilities);
  const answer = await connection.post(capabilities.base, body, connection.bounds.refsBytes);
  let found: string | null = null;
  let complete = false;
  for await (const packet of packets(answer)) {
    if (packet === 'flush') complete = true;
    if (typeof packet === 'string') continue;
    const text = packetText(packet);
    if (text.startsWith('ERR ')) throw connection.refusal(capabilities.base.host, text.slice(4));
    // A prefix also matches longer names: `main` finds `main-2`.
    const [id = '', ref] = text.split(' ');
    if (ref !== name) continue;
    if (!isObjectId(id)) throw damaged('a branch names something that is not an object id');
    if (found !== null && found !== id) throw damaged('a branch is listed twice, at different commits');
    found = id;
  }
  if (!complete) throw damaged('the list of branches is not complete');
  return found;
}
