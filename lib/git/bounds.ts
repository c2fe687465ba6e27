/** Bounds: how much of anything a git host may make us receive, inflate, hold or wait for. */

const KIB = 1024;
const MIB = 1024 * KIB;

export const BOUNDS = {
  /** A tracked file; larger policy documents are refused before they are parsed. */
  fileBytes: 256 * KIB,
  /** The capability advertisement. */
  advertisementBytes: 256 * KIB,
  /** An `ls-refs` answer; a server may ignore the prefix and send every ref. */
  refsBytes: 8 * MIB,
  /** What changed since the known commit; more than this and a walk is cheaper. */
  deltaBytes: 4 * MIB,
  /** Any other answer. */
  receivedBytes: 32 * MIB,
  /** Lines of one answer: each costs more than its bytes. */
  lines: 250_000,
  /** Everything inflated during one read. */
  inflatedBytes: 64 * MIB,
  /** One inflated object; larger ones are hashed and dropped. */
  objectBytes: 8 * MIB,
  /** Objects received during one read. */
  objects: 100_000,
  /** Deltas upon deltas; git's own aggressive repack stops at 250. */
  deltaDepth: 256,
  /** Directories within directories, tracked or walked. */
  treeDepth: 32,
  /** Entries of all directories that one read looks into. */
  treeEntries: 200_000,
  /** Policy documents below one tracked directory. */
  directoryFiles: 1_000,
  /** Directories below one tracked directory. */
  directories: 2_000,
  /** All new content that one read hands on; the caller holds it for as long as it works on it. */
  filesBytes: 16 * MIB,
  /** A read that holds more needs one of so many places in its process, and waits no longer than this for it. */
  smallBytes: 4 * MIB,
  largeReads: 2,
  placeMs: 5_000,
  /** Requests of one read. */
  requests: 64,
  redirects: 5,
  connectMs: 5_000,
  requestMs: 10_000,
  /** A kept connection that nobody uses. */
  idleMs: 30_000,
  /** One resolve or read, whatever it takes. */
  totalMs: 30_000,
  /** Repositories whose capabilities are remembered, and for how long. */
  rememberedRepositories: 1_000,
  rememberedMs: 3_600_000,
  /** Directories kept by id; content-addressed, so never stale. */
  treeCacheBytes: 8 * MIB,
} as const;

export type Bounds = { readonly [Name in keyof typeof BOUNDS]: number };

/** `8 MiB`, `256 KiB`, `17 bytes`: for messages. */
export function bytesText(bytes: number): string {
  if (bytes >= MIB) return `${round(bytes / MIB)} MiB`;
  if (bytes >= KIB) return `${round(bytes / KIB)} KiB`;
  return `${bytes} bytes`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
