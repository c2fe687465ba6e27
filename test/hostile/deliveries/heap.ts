/** Memory of this process after everything that can go has gone. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface Heap {
  /** Told how many of all are done. */
  look(done: number): void;
  /** From when a tenth was done to now. */
  readonly grownMb: number;
}

export function watchHeap(all: number): Heap {
  let early: number | null = null;
  return {
    look(done) {
      if (early === null && done >= all / 10) early = heapAfterGc();
    },
    get grownMb() {
      return Math.round(((heapAfterGc() - (early ?? heapAfterGc())) / 1e6) * 10) / 10;
    },
  };
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Twice: the first lets go of what finalizers held. */
function heapAfterGc(): number {
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
