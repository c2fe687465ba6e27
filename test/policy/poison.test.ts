import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** On Node 20 and 22 this aborts the process when `yaml` gets to see it twice. */
const POISON = "'['.repeat(1000) + ']'.repeat(1000)";

/** Runs in a process of its own, since an abort could not be caught here. */
function run(script: string) {
  const module = new URL('../../lib/policy/check-document.ts', import.meta.url).href;
  const source = `import { checkDocument } from ${JSON.stringify(module)};
    const bytes = (text) => new TextEncoder().encode(text);
    ${script}`;
  return spawnSync(process.execPath, ['--input-type=module', '--eval', source], {
    encoding: 'utf8',
    timeout: 60_000,
  });
}

describe('the document that aborts a process', () => {
  it('is refused two hundred times in one process, which then ends in peace', () => {
    const { status, signal, stdout } = run(`
      const codes = new Set();
      for (let i = 0; i < 200; i++) codes.add(checkDocument(bytes(${POISON})).findings.map(({ code }) => code).join());
      console.log([...codes].join());`);
    expect({ status, signal, stdout: stdout.trim() }).toEqual({ status: 0, signal: null, stdout: 'E013' });
  });

  it('does no harm deep down a stack that is almost full', () => {
    const { status, signal, stdout } = run(`
      let refused = 0;
      const dive = (depth) => {
        try { dive(depth + 1); } catch { /* the stack is full; higher up there is room again */ }
        if (depth % 500 === 0 && checkDocument(bytes(${POISON})).kind === 'invalid') refused++;
      };
      dive(0);
      console.log(refused > 0);`);
    expect({ status, signal, stdout: stdout.trim() }).toEqual({ status: 0, signal: null, stdout: 'true' });
  });

  it('leaves its neighbours alone', () => {
    const { status, stdout } = run(`
      const good = 'pack: {name: a, version: 1.0.0, enabled: true}\\npolicies: {chain: [rbac]}';
      const batch = Array.from({ length: 10 }, (_, i) => (i === 4 ? ${POISON} : good));
      console.log(batch.map((text) => checkDocument(bytes(text)).kind).join());`);
    const kinds = Array.from({ length: 10 }, (_, i) => (i === 4 ? 'invalid' : 'valid'));
    expect({ status, stdout: stdout.trim() }).toEqual({ status: 0, stdout: kinds.join() });
  });
});
