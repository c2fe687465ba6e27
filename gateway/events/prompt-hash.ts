/** The prompt hash: the same for the same prompt at the same gateway, and of no use to whoever guesses prompts. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hmacSha256 } from '../../lib/providers/same-secret.ts';
import type { Message } from '../engine/request.ts';

const KEY_FILE = 'events-key';
const KEY = /^[0-9a-f]{64}$/;

export type PromptHash = (messages: readonly Message[]) => string;

function promptHashWith(key: string): PromptHash {
  return (messages) =>
    hmacSha256(
      Buffer.from(key, 'hex'),
      'hex',
      JSON.stringify(
        messages.map(({ role, content, toolCalls }) => [
          role,
          content,
          toolCalls.map((call) => [call.name, call.arguments]),
        ]),
      ),
    );
}

/** For a gateway that keeps nothing: prompts are told from each other until it ends. */
export const passingPromptHash = (): PromptHash => promptHashWith(newKey());

/** Made at the first start, readable by the gateway alone. Throws when the folder or the file in it is no good. */
export async function keptPromptHash(stateDir: string): Promise<PromptHash> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const path = join(stateDir, KEY_FILE);
  const found = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (found !== null) {
    if (KEY.test(found)) return promptHashWith(found);
    throw new Error(`${path} holds no key; without the file a new one is made`);
  }
  const key = newKey();
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(key);
    await file.sync();
  } finally {
    await file.close();
  }
  return promptHashWith(key);
}

const newKey = () => randomBytes(32).toString('hex');
