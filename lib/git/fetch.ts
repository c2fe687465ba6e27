/** Fetch: asks for objects and puts what comes into a store (gitprotocol-v2, "fetch"). */
import type { Capabilities } from './capabilities.ts';
import { command } from './command.ts';
import type { Connection } from './connection.ts';
import type { ObjectStore } from './git-object.ts';
import { unpack } from './pack.ts';
import type { InflateBudget } from './pack-entries.ts';
import { type Packet, packets, packetText } from './pkt-line.ts';
import { NeedsPlace, type Share } from './share.ts';
import { damaged, HangUp, OverLimit, Refusal } from './trouble.ts';

export interface FetchRequest {
  readonly wants: readonly string[];
  /** A commit we hold. */
  readonly have?: string;
  /** Only the commits themselves, not their history. */
  readonly shallow?: boolean;
  readonly filter?: string | null;
  /** Send what is wanted now, whatever is thought of `have`. */
  readonly done: boolean;
  /** Most bytes of the answer. */
  readonly limit: number;
}

/**
 * `unknown base`: the server does not know `have`, and sent nothing. `unrelated base`: it does, and waits for `done`.
 * `failed`: this way of asking did not work; another may.
 */
export type Fetched =
  | { readonly kind: 'objects' }
  | { readonly kind: 'unknown base' }
  | { readonly kind: 'unrelated base' }
  | { readonly kind: 'failed'; readonly fault: HangUp | OverLimit | Refusal };

export interface FetchPorts {
  readonly capabilities: Capabilities;
  readonly connection: Connection;
  readonly store: ObjectStore;
  readonly budget: InflateBudget;
  readonly share: Share;
}

/** One request. Throws the faults that asking differently would not change. */
export async function fetch(request: FetchRequest, ports: FetchPorts): Promise<Fetched> {
  const { capabilities, connection, share } = ports;
  try {
    const body = command('fetch', fetchArguments(request), capabilities);
    const answer = await connection.post(capabilities.base, body, request.limit);
    const { acknowledged, pack } = await sections(packets(answer), capabilities.base.host, connection, share);
    if (!pack) return { kind: acknowledged ? 'unrelated base' : 'unknown base' };
    await unpackInTurn(pack, ports);
    return { kind: 'objects' };
  } catch (fault) {
    const another = fault instanceof HangUp || fault instanceof OverLimit || fault instanceof Refusal;
    if (!another) throw fault;
    return { kind: 'failed', fault };
  }
}

/** A pack of few bytes may stand for many: if so it is put together anew, once there is a place for it. */
async function unpackInTurn(pack: Buffer, { connection, store, budget, share }: FetchPorts): Promise<void> {
  const before = budget.mark();
  try {
    unpack(pack, store, connection.bounds, budget);
  } catch (error) {
    if (!(error instanceof NeedsPlace)) throw error;
    budget.resetTo(before);
    await share.place();
    unpack(pack, store, connection.bounds, budget);
  }
}

/** Without `thin-pack`: every pack stands alone. */
function fetchArguments(request: FetchRequest): string[] {
  return [
    'ofs-delta',
    'no-progress',
    ...(request.shallow ? ['deepen 1'] : []),
    ...(request.filter ? [`filter ${request.filter}`] : []),
    ...request.wants.map((id) => `want ${id}`),
    ...(request.have ? [`have ${request.have}`] : []),
    ...(request.done ? ['done'] : []),
  ];
}

interface Sections {
  readonly acknowledged: boolean;
  readonly pack: Buffer | null;
}

/** Of a line's bytes in memory: as they came, and once more in one piece. */
const COPIES = 2;
/** What a line costs beside its bytes. */
const LINE_COST = 200;

const PACK_DATA = 1;
const ERROR = 3;

async function sections(
  lines: AsyncIterable<Packet>,
  host: string,
  connection: Connection,
  share: Share,
): Promise<Sections> {
  let section: string | null = null;
  let acknowledged = false;
  let complete = false;
  const pack: Buffer[] = [];
  for await (const packet of lines) {
    complete = packet === 'flush';
    if (typeof packet === 'string') section = packet === 'delimiter' ? null : section;
    else if (section === 'packfile') {
      const band = packet[0];
      if (band === PACK_DATA) {
        await share.hold(packet.length * COPIES + LINE_COST);
        pack.push(packet.subarray(1));
      }
      if (band === ERROR) throw connection.refusal(host, packet.subarray(1).toString());
    } else {
      const text = packetText(packet);
      if (text.startsWith('ERR ')) throw connection.refusal(host, text.slice(4));
      if (section === null) section = text;
      else if (section === 'acknowledgments' && text.startsWith('ACK ')) acknowledged = true;
    }
  }
  if (section === null) throw new HangUp(host); // an empty answer: some servers just stop
  if (!complete) throw damaged('it ends before its last line');
  return { acknowledged, pack: section === 'packfile' ? Buffer.concat(pack) : null };
}
