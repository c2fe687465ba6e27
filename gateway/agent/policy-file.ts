/** The policy file that a gateway reads: replaced in one step, with its mode and owner, wherever a link leads. */
import { removeFile, replaceFile } from './durable.ts';
import type { Files } from './files.ts';

/** Anybody may read a policy, and the gateway may run as another user. */
const NEW_FILE_MODE = 0o644;
/** Far more than a document may have. */
const MAX_BYTES = 4 * 1024 * 1024;

export type PolicyFile = ReturnType<typeof policyFile>;

export function policyFile(files: Files, path: string) {
  /** A link stays a link: what it leads to is replaced. */
  async function placeOf(): Promise<string> {
    const facts = await files.facts(path);
    if (facts?.kind !== 'link') return path;
    try {
      return await files.realPath(path);
    } catch {
      throw new Error('it is a symbolic link that leads nowhere');
    }
  }

  return {
    path,

    /** Null when there is none. */
    read: (): Promise<Uint8Array | null> => files.read(path, MAX_BYTES),

    /** Throws when it cannot be what it was but for its content: the gateway might not be able to read it. */
    async write(bytes: Uint8Array): Promise<void> {
      const place = await placeOf();
      const facts = await files.facts(place);
      if (facts && facts.kind !== 'file') throw new Error('it is not a plain file');
      if (facts) await replaceFile(files, place, bytes, facts.mode, facts);
      else await replaceFile(files, place, bytes, NEW_FILE_MODE);
    },

    remove: async (): Promise<void> => removeFile(files, await placeOf()),
  };
}
