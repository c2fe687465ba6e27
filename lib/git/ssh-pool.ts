/** SSH pool: connections kept between operations, each used by one at a time. */
import type { SshLink } from './ssh-link.ts';

/** Over all hosts: an idle connection is an economy, and costs the host memory. */
const MOST_IDLE = 8;
/** Commands that were told to end and have not: OpenSSH allows ten at once (MaxSessions), ended or not. */
const MOST_RUNNING = 6;
/** Then a new one, with new keys. */
const MOST_RUNS = 100;

export interface SshPool {
  /** An idle one of that name; null when there is none. */
  take(name: string): SshLink | null;
  give(name: string, link: SshLink): void;
  close(): void;
}

/** By the clock as well as by a timer: a function's instance may be frozen in between. */
export function sshPool(idleMs: number, now: () => number): SshPool {
  let idle: {
    readonly name: string;
    readonly link: SshLink;
    readonly until: number;
    timer: NodeJS.Timeout;
  }[] = [];
  const remove = (link: SshLink) => {
    const found = idle.find((one) => one.link === link);
    clearTimeout(found?.timer);
    idle = idle.filter((one) => one !== found);
  };
  const drop = (link: SshLink) => {
    remove(link);
    link.destroy();
  };
  return {
    take: (name) => {
      for (const one of idle.filter((each) => each.name === name).reverse()) {
        remove(one.link);
        if (one.link.isOpen && one.until > now()) {
          one.link.wake();
          return one.link;
        }
        one.link.destroy();
      }
      return null;
    },
    give: (name, link) => {
      if (!link.isOpen) return;
      if (link.running > MOST_RUNNING || link.runs >= MOST_RUNS) return link.destroy();
      link.rest();
      const timer = setTimeout(() => drop(link), idleMs).unref();
      idle.push({ name, link, until: now() + idleMs, timer });
      link.closed.then(() => remove(link));
      const oldest = idle[0];
      if (idle.length > MOST_IDLE && oldest) drop(oldest.link);
    },
    close: () => {
      for (const { link } of [...idle]) drop(link);
    },
  };
}
