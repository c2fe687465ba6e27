/** The git host of the histories: a branch in memory, that fails, lags and asks to be left alone as it is told to. */
import { Fault } from '../../lib/domain/fault.ts';
import type { FileRead, PathRead, ProblemRead } from '../../lib/domain/git.ts';
import type { GitHost } from '../../lib/ports.ts';
import { type MemoryGit, memoryGit } from '../fakes/memory-git.ts';
import { type Files, SYMLINK, textOf } from './reference.ts';

export type Trouble = 'limited' | 'limited, unsaid' | 'unauthorized' | 'missing' | 'broken' | 'hangs';

/** GitHub's advice for a limit without a time; our promise to any host. */
const UNSAID_SECONDS = 60;
const HANGS_SECONDS = 10;

export interface ModelGit extends GitHost {
  commit(files: Files): string;
  /** A commit that the branch never names, as those of forks are on some hosts. */
  loose(files: Files): string;
  setTip(commit: string | null): void;
  /** The next calls end like this. */
  trouble(kind: Trouble, calls: number, retryAfter: number): void;
  /** For so long the host answers with where the branch was. */
  lag(seconds: number): void;
  recover(): void;
  /** What it was asked: how often where the branch is, and for files. */
  readonly asked: { resolves: number; reads: number; tooEarly: number };
  /** Somebody begins to ask: what is answered to another question meanwhile it cannot know. */
  asks(): void;
  /** The process that heard the last answer died of it: what the host asked for is not known to anybody. */
  forget(until: number): void;
  readonly leaveAloneUntil: number;
  /** The same, whoever heard it and forgot. */
  readonly wishedUntil: number;
}

export function modelGit(time: { at: number }): ModelGit {
  const git: MemoryGit = memoryGit();
  const asked = { resolves: 0, reads: 0, tooEarly: 0 };
  const tips: { at: number; tip: string | null }[] = [{ at: 0, tip: null }];
  let troubles: { kind: Trouble; retryAfter: number }[] = [];
  let lagUntil = 0;
  let leaveAloneUntil = 0;
  let wishedUntil = 0;

  const answer = () => {
    const trouble = troubles.shift();
    if (!trouble) return;
    const limited = (seconds: number) => {
      leaveAloneUntil = Math.max(leaveAloneUntil, time.at + seconds * 1000);
      wishedUntil = Math.max(wishedUntil, leaveAloneUntil);
    };
    if (trouble.kind === 'limited') limited(trouble.retryAfter);
    if (trouble.kind === 'limited, unsaid') limited(UNSAID_SECONDS);
    if (trouble.kind === 'hangs') time.at += HANGS_SECONDS * 1000;
    throw FAULTS[trouble.kind](trouble.retryAfter);
  };
  const moved = (tip: string | null) => tips.push({ at: time.at, tip });

  return {
    asked,
    get leaveAloneUntil() {
      return leaveAloneUntil;
    },
    get wishedUntil() {
      return wishedUntil;
    },
    asks() {
      if (time.at < leaveAloneUntil) asked.tooEarly++;
    },
    forget(until) {
      leaveAloneUntil = until;
    },
    commit(files) {
      const commit = git.commit(texts(files));
      moved(commit);
      return commit;
    },
    loose(files) {
      const tip = git.tip();
      const commit = git.commit(texts(files));
      git.setTip(tip);
      return commit;
    },
    setTip(commit) {
      git.setTip(commit);
      moved(commit);
    },
    trouble(kind, calls, retryAfter) {
      troubles.push(...Array.from({ length: calls }, () => ({ kind, retryAfter })));
    },
    lag(seconds) {
      lagUntil = time.at + seconds * 1000;
    },
    recover() {
      troubles = [];
      lagUntil = 0;
    },
    async resolve() {
      asked.resolves++;
      answer();
      // A replica: it shows what was there before the last move.
      return time.at < lagUntil ? ((tips.at(-2) ?? tips[0])?.tip ?? null) : git.tip();
    },
    async read(request) {
      asked.reads++;
      answer();
      const result = await git.read(request);
      const paths = [...result.paths].map(
        ([path, read]) => [path, withLinks(path, read, request.commit)] as const,
      );
      return { ...result, paths: new Map(paths) };
    },
  };

  function withLinks(path: string, read: PathRead, commit: string): PathRead {
    if (read.kind === 'problem') return read;
    if (read.kind === 'file') return orLink(path, read, commit);
    const files = [...read.files].map(
      ([name, file]) => [name, file.kind === 'file' ? orLink(name, file, commit) : file] as const,
    );
    return { ...read, files: new Map(files) };
  }

  function orLink(path: string, file: FileRead, commit: string): FileRead | ProblemRead {
    if (git.filesAt(commit)[path] !== SYMLINK) return file;
    return { kind: 'problem', class: 'unsupported', message: `${path} is a symbolic link` };
  }
}

const texts = (files: Files) =>
  Object.fromEntries(Object.entries(files).map(([path, content]) => [path, textOf(content)]));

const FAULTS = {
  limited: (retryAfter) => new Fault('rate_limited', 'git.example says 429', { retryAfter }),
  'limited, unsaid': () => new Fault('rate_limited', 'git.example says 429'),
  unauthorized: () => new Fault('auth', 'git.example says 401'),
  missing: () => new Fault('not_found', 'git.example says 404'),
  broken: () => new Fault('network', 'git.example says 500'),
  hangs: () => new Fault('network', 'git.example did not answer in time'),
} as const satisfies Record<Trouble, (retryAfter: number) => Fault>;
