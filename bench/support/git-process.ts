/** A git host in a process of its own: `git http-backend`, as the tests have it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type Files,
  startGitServer,
  type TestRepository,
  type WorkClone,
} from '../../test/support/git-server.ts';
import { answerCalls } from './child.ts';

const server = await startGitServer();
const repositories = new Map<string, TestRepository>();
const clones = new Map<string, WorkClone>();

function repository(name: string): TestRepository {
  const found = repositories.get(name);
  if (!found) throw new Error(`no repository ${name}`);
  return found;
}

function cloneOf(name: string): WorkClone {
  const found = clones.get(name);
  if (!found) throw new Error(`no clone of ${name}`);
  return found;
}

const calls = {
  create: async ({ name }: { name: string }) => {
    const made = await server.createRepository({ name });
    repositories.set(name, made);
    return { url: made.url, dir: made.dir };
  },
  /** For `push`. */
  clone: async ({ name }: { name: string }) => {
    clones.set(name, await repository(name).clone());
  },
  /** In the clone, not pushed yet. */
  change: async ({ name, path, content }: { name: string; path: string; content: string }) => {
    const { dir, git } = cloneOf(name);
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), content);
    await git('add', '-A');
    await git('commit', '-q', '-m', 'change');
    return git('rev-parse', 'HEAD');
  },
  /** `git push` over HTTP. */
  push: ({ name }: { name: string }) => cloneOf(name).git('push', '-q', 'origin', 'HEAD:main'),
  commit: ({ name, files }: { name: string; files: Files }) => repository(name).commit(files),
  /** What was asked since the last call. */
  traffic: (_: null) => {
    const seen = server.requests.map(({ method, command, bytesOut }) => ({
      what: command ?? method,
      bytesOut,
    }));
    server.calm();
    return {
      requests: seen.map(({ what }) => what),
      bytes: seen.reduce((sum, one) => sum + one.bytesOut, 0),
    };
  },
};

export type GitCalls = typeof calls;
answerCalls(calls, () => server.close());
