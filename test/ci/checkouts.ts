/** Checkouts for tests of CI jobs: a bare repository that is their origin, and the commits of a change. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildKt } from '../../scripts/build-kt.ts';
import { git } from '../support/git-command.ts';

/** `null` deletes, `{ link }` is a symbolic link. */
export type Change = Readonly<Record<string, string | null | { readonly link: string }>>;

export type Checkouts = Awaited<ReturnType<typeof makeCheckouts>>;

/** With a `kt` as it is packed. */
export async function makeCheckouts() {
  const folder = mkdtempSync(join(tmpdir(), 'kt-ci-'));
  await buildKt(join(folder, 'kt'));
  const kt = join(folder, 'kt/kt.mjs');
  chmodSync(kt, 0o755);
  let count = 0;

  async function repository(base: Change) {
    const dir = join(folder, `work-${++count}`);
    const origin = join(folder, `origin-${count}.git`);
    await git(folder, ['init', '-q', '--bare', '-b', 'main', origin]);
    await git(origin, ['config', 'uploadpack.allowAnySHA1InWant', 'true']);
    await git(folder, ['clone', '-q', `file://${origin}`, dir]);
    await git(dir, ['checkout', '-q', '-B', 'main']);

    async function commit(change: Change, message = 'change'): Promise<string> {
      for (const [path, content] of Object.entries(change)) {
        const file = join(dir, path);
        rmSync(file, { force: true });
        if (content === null) continue;
        mkdirSync(dirname(file), { recursive: true });
        if (typeof content === 'string') writeFileSync(file, content);
        else symlinkSync(content.link, file);
      }
      await git(dir, ['add', '-A']);
      await git(dir, ['commit', '-q', '--allow-empty', '-m', message]);
      await git(dir, ['push', '-q', '--force', 'origin', 'HEAD']);
      return git(dir, ['rev-parse', 'HEAD']);
    }

    const before = await commit(base, 'base');
    return {
      dir,
      before,
      commit,
      git: (...args: string[]) => git(dir, args),
      /** As actions/checkout with `fetch-depth: 1` leaves it. */
      async shallow(revision = 'HEAD'): Promise<string> {
        const to = join(folder, `shallow-${++count}`);
        const commit = await git(dir, ['rev-parse', revision]);
        await git(dir, ['push', '-q', '--force', 'origin', `${commit}:refs/heads/shown`]);
        await git(folder, ['clone', '-q', '--depth', '1', '--branch', 'shown', `file://${origin}`, to]);
        await git(to, ['checkout', '-q', '--detach']);
        return to;
      },
    };
  }

  return {
    folder,
    kt,
    repository,
    /** A repository whose last commit is a push, and the event of it. */
    async pushed(base: Change, change: Change) {
      const made = await repository(base);
      const after = await made.commit(change);
      return { ...made, after, event: { before: made.before, after } };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
