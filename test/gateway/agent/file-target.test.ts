import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FileTargetOptions, fileTarget } from '../../../gateway/agent/file-target.ts';
import { type Files, realFiles } from '../../../gateway/agent/files.ts';
import { policyFile } from '../../../gateway/agent/policy-file.ts';
import { reloadByCommand } from '../../../gateway/agent/reload/by-command.ts';
import { reloadByRequest } from '../../../gateway/agent/reload/by-request.ts';
import { reloadBySignal } from '../../../gateway/agent/reload/by-signal.ts';
import { noReload } from '../../../gateway/agent/reload/reload.ts';
import { askStatusUrl } from '../../../gateway/agent/reload/status-url.ts';
import { sha256Hex } from '../../../lib/domain/ids.ts';
import type { Log } from '../../../lib/log.ts';
import { findProcess, waitForExit } from '../../../local/process.ts';
import { offer, signingKey } from './control.ts';
import { type FakeGateway, startFakeGateway } from './fake-gateway.ts';

const key = signingKey();
const [one, two] = [offer(key, { sequence: 1 }), offer(key, { sequence: 2 })];
const bytesOf = ({ content }: { content: string }) => Buffer.from(content);
const log: Log = { fact: () => {} };

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kt-target-'));
  file = join(folder, 'policy-config.yaml');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function targetOf(over: Partial<FileTargetOptions> & { files?: Files; path?: string } = {}) {
  const { files = realFiles, path = file, ...rest } = over;
  return fileTarget({
    file: policyFile(files, path),
    reload: noReload,
    ask: null,
    confirmMs: 60,
    elapsed: () => performance.now(),
    close: async () => {},
    log,
    ...rest,
  });
}

const contentNow = () => readFileSync(file, 'utf8');

describe('the policy file', () => {
  it('is made when there is none, for anybody to read', async () => {
    expect(await targetOf().apply(bytesOf(one), one.manifest)).toEqual({ kind: 'applied' });
    expect(contentNow()).toBe(one.content);
    expect(statSync(file).mode & 0o777).toBe(0o644);
    expect(readdirSync(folder)).toEqual(['policy-config.yaml']);
  });

  it('keeps its mode, whatever the umask, and is another file: whoever has it open reads the old one to its end', async () => {
    writeFileSync(file, one.content);
    chmodSync(file, 0o664);
    const before = statSync(file).ino;
    const umask = process.umask(0o077);
    try {
      await targetOf().apply(bytesOf(two), two.manifest);
    } finally {
      process.umask(umask);
    }
    expect(statSync(file).mode & 0o777).toBe(0o664);
    expect(statSync(file).ino).not.toBe(before);
  });

  it.runIf(process.getuid?.() === 0)('keeps its owner', async () => {
    writeFileSync(file, one.content);
    chownSync(file, 12345, 54321);
    await targetOf().apply(bytesOf(two), two.manifest);
    expect(statSync(file)).toMatchObject({ uid: 12345, gid: 54321 });
  });

  it('stays as it is when its owner cannot be kept', async () => {
    writeFileSync(file, one.content);
    const files: Files = {
      ...realFiles,
      create: async () => {
        throw Object.assign(new Error('EPERM: operation not permitted, fchown'), { code: 'EPERM' });
      },
    };
    expect(await targetOf({ files }).apply(bytesOf(two), two.manifest)).toEqual({
      kind: 'refused',
      reason: `${file} cannot be written: not permitted (EPERM)`,
    });
    expect(contentNow()).toBe(one.content);
  });

  it('may be a link, which stays one', async () => {
    const place = join(folder, 'real');
    mkdirSync(place);
    writeFileSync(join(place, 'config.yaml'), one.content);
    symlinkSync(join('real', 'config.yaml'), file);
    await targetOf().apply(bytesOf(two), two.manifest);
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(place, 'config.yaml'), 'utf8')).toBe(two.content);
    expect(readdirSync(place)).toEqual(['config.yaml']);
  });

  it.each([
    [
      'a link that leads nowhere',
      () => symlinkSync('nowhere', file),
      'it is a symbolic link that leads nowhere',
    ],
    ['a folder', () => mkdirSync(file), 'it is not a plain file'],
    ['a link to a device', () => symlinkSync('/dev/null', file), 'it is not a plain file'],
  ])('is not written when it is %s', async (_, make, why) => {
    make();
    expect(await targetOf().apply(bytesOf(one), one.manifest)).toEqual({
      kind: 'refused',
      reason: `${file} cannot be written: ${why}`,
    });
  });

  it.each([
    ['ENOSPC', 'no room on the disk (ENOSPC)'],
    ['EROFS', 'the file system is read-only (EROFS)'],
  ])('is the old one, whole, when the disk does not take it: %s', async (code, why) => {
    writeFileSync(file, one.content);
    const files: Files = {
      ...realFiles,
      create: async (path, bytes, mode) => {
        await realFiles.create(path, bytes.subarray(0, bytes.length / 2), mode);
        throw Object.assign(new Error(code), { code });
      },
    };
    expect(await targetOf({ files }).apply(bytesOf(two), two.manifest)).toEqual({
      kind: 'refused',
      reason: `${file} cannot be written: ${why}`,
    });
    expect(contentNow()).toBe(one.content);
    expect(readdirSync(folder)).toEqual(['policy-config.yaml']);
  });

  it('is not written in a folder that is not there', async () => {
    const path = join(folder, 'missing', 'p.yaml');
    expect(await targetOf({ path }).apply(bytesOf(one), one.manifest)).toMatchObject({ kind: 'refused' });
  });

  it('is replaced although a writer before was killed in the middle', async () => {
    writeFileSync(join(folder, '.policy-config.yaml.kt-new'), 'half');
    await targetOf().apply(bytesOf(one), one.manifest);
    expect(readdirSync(folder)).toEqual(['policy-config.yaml']);
  });

  it('is what is said to run when the gateway cannot say', async () => {
    const target = targetOf();
    expect(await target.running()).toBe(null);
    writeFileSync(file, one.content);
    expect(await target.running()).toBe(one.manifest.content_hash);
    expect(await target.stored?.()).toBe(one.manifest.content_hash);
    rmSync(file);
    mkdirSync(file);
    expect(await target.stored?.()).toBe(null);
  });
});

describe('a gateway that is asked to reload', () => {
  let gateway: FakeGateway;
  beforeEach(async () => {
    writeFileSync(file, one.content);
    gateway = await startFakeGateway(file);
    gateway.now.running = one.manifest.content_hash;
  });
  afterEach(() => gateway.close());

  const asked = (over: Partial<FileTargetOptions> = {}) =>
    targetOf({
      reload: reloadByRequest({
        url: gateway.reloadUrl,
        token: async () => 'secret',
        fetch,
        timeoutMs: 5000,
      }),
      ask: askStatusUrl(gateway.statusUrl, fetch),
      ...over,
    });

  it('is, with its token, and runs it', async () => {
    expect(await asked().apply(bytesOf(two), two.manifest)).toEqual({ kind: 'applied' });
    expect(gateway.now).toMatchObject({ running: two.manifest.content_hash, authorized: ['Bearer secret'] });
    expect(await asked().running()).toBe(two.manifest.content_hash);
  });

  it('is not, when it runs that already', async () => {
    expect(await asked().apply(bytesOf(one), one.manifest)).toEqual({ kind: 'applied' });
    expect(gateway.now.reloads).toBe(0);
  });

  it('has the old file back when it refuses, and says why', async () => {
    gateway.now.likes = (content) => content === one.content;
    expect(await asked().apply(bytesOf(two), two.manifest)).toEqual({
      kind: 'refused',
      reason: 'the gateway answers 422 to a reload: E999 not to my liking',
    });
    expect(contentNow()).toBe(one.content);
    expect(gateway.now).toMatchObject({ running: one.manifest.content_hash, reloads: 2 });
  });

  it('has the old file back when it goes on with what it runs', async () => {
    gateway.now.deaf = true;
    const outcome = await asked().apply(bytesOf(two), two.manifest);
    expect(outcome).toEqual({
      kind: 'refused',
      reason: `the gateway still runs ${one.manifest.content_hash.slice(0, 12)}…, within 0.06 s`,
    });
    expect(contentNow()).toBe(one.content);
  });

  it('has the old file back when it does not say what it runs', async () => {
    gateway.now.mute = true;
    expect(await asked().apply(bytesOf(two), two.manifest)).toMatchObject({
      reason: 'the gateway does not say what it runs, within 0.06 s',
    });
    expect(contentNow()).toBe(one.content);
  });

  it('need not say what it runs when nobody asks', async () => {
    gateway.now.mute = true;
    expect(await asked({ ask: null }).apply(bytesOf(two), two.manifest)).toEqual({ kind: 'applied' });
  });

  it('finds a first file in place when it is not there yet, which is no proof', async () => {
    await gateway.close();
    rmSync(file);
    const outcome = await asked().apply(bytesOf(one), one.manifest);
    expect(outcome).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/nobody listens there .*in place/),
    });
    expect(contentNow()).toBe(one.content);
    expect(await asked().running()).toBe(null);
  });

  it('finds the old file when it is not there while a new one is applied', async () => {
    await gateway.close();
    expect(await asked().apply(bytesOf(two), two.manifest)).toMatchObject({ kind: 'refused' });
    expect(contentNow()).toBe(one.content);
  });
});

describe('a gateway that is signalled', () => {
  const signalled = (pidFile: string) =>
    reloadBySignal({
      name: 'HUP',
      pidFile,
      files: realFiles,
      kill: (pid, signal) => void process.kill(pid, signal),
      ownPid: process.pid,
    });

  it('is the process of the pid file', async () => {
    const script =
      "process.on('SIGHUP', () => process.stdout.write('reloaded')); setInterval(() => {}, 1000); process.stdout.write('up')";
    const child = spawn(process.execPath, ['-e', script]);
    try {
      await once(child.stdout, 'data');
      const pidFile = join(folder, 'gateway.pid');
      writeFileSync(pidFile, `${child.pid}\n`);
      const heard = once(child.stdout, 'data');
      expect(await targetOf({ reload: signalled(pidFile) }).apply(bytesOf(one), one.manifest)).toEqual({
        kind: 'applied',
      });
      expect(String((await heard)[0])).toBe('reloaded');
    } finally {
      child.kill('SIGKILL');
    }
  });

  it.each([
    ['', 'failed', 'it does not hold the id of a process'],
    ['0', 'failed', 'it does not hold the id of a process'],
    ['1', 'failed', 'it does not hold the id of a process'],
    ['-5', 'failed', 'it does not hold the id of a process'],
    ['12 13', 'failed', 'it does not hold the id of a process'],
    [String(process.pid), 'failed', 'it names the agent itself'],
    ['x'.repeat(100), 'failed', 'it is larger than 64 bytes'],
    ['99999999', 'not there', 'is not there'],
  ])('is nobody when the pid file holds %j', async (text, kind, why) => {
    const pidFile = join(folder, 'gateway.pid');
    writeFileSync(pidFile, text);
    expect(await signalled(pidFile)()).toEqual({ kind, why: expect.stringContaining(why) });
  });

  it('is nobody when there is no pid file, or others can write to it, or it is a link', async () => {
    const pidFile = join(folder, 'gateway.pid');
    expect(await signalled(pidFile)()).toMatchObject({ kind: 'not there' });
    writeFileSync(pidFile, '4194303');
    chmodSync(pidFile, 0o666);
    expect(await signalled(pidFile)()).toMatchObject({
      kind: 'failed',
      why: expect.stringContaining('others'),
    });
    const link = join(folder, 'link.pid');
    symlinkSync(pidFile, link);
    expect(await signalled(link)()).toMatchObject({
      kind: 'failed',
      why: expect.stringContaining('plain file'),
    });
  });
});

describe('a command that reloads the gateway', () => {
  const ran = (program: string, args: readonly string[], timeoutMs = 5000) =>
    reloadByCommand({ program, args }, { env: { PATH: process.env['PATH'] ?? '' }, timeoutMs, log });

  it('is run with its words as they are', async () => {
    const mark = join(folder, 'a b; $HOME');
    expect(await ran('touch', [mark])()).toEqual({ kind: 'told', runs: null });
    expect(existsSync(mark)).toBe(true);
  });

  it('that fails has the old file put back', async () => {
    writeFileSync(file, one.content);
    const target = targetOf({ reload: ran('false', []) });
    expect(await target.apply(bytesOf(two), two.manifest)).toEqual({
      kind: 'refused',
      reason: 'the reload command failed: false ended with 1',
    });
    expect(contentNow()).toBe(one.content);
  });

  it('that fails has a first file removed, for good', async () => {
    const steps: string[] = [];
    const files: Files = {
      ...realFiles,
      remove: (path) => {
        steps.push(`remove ${path}`);
        return realFiles.remove(path);
      },
      syncFolder: (path) => {
        steps.push(`sync ${path}`);
        return realFiles.syncFolder(path);
      },
    };
    const target = targetOf({ files, reload: ran('false', []) });
    expect(await target.apply(bytesOf(one), one.manifest)).toMatchObject({ kind: 'refused' });
    expect(existsSync(file)).toBe(false);
    expect(steps.slice(-2)).toEqual([`remove ${file}`, `sync ${folder}`]);
  });

  it('that fails leaves what was verified, and nothing that somebody put in its place', async () => {
    writeFileSync(file, 'tampered');
    const target = targetOf({ reload: ran('false', []) });
    const putBack = await target.apply(bytesOf(one), one.manifest, bytesOf(one));
    expect(putBack).toMatchObject({ kind: 'refused' });
    expect(contentNow()).toBe(one.content);
    writeFileSync(file, 'tampered');
    expect(await target.apply(bytesOf(two), two.manifest, bytesOf(one))).toMatchObject({ kind: 'refused' });
    expect(contentNow()).toBe(one.content);
  });

  it('that is not there, or does not end, fails; and is killed with what it started', async () => {
    expect(await ran('/nonexistent/reload', [])()).toMatchObject({ kind: 'failed' });
    const pidFile = join(folder, 'started.pid');
    const late = await ran('sh', ['-c', `sleep 60 & echo $! > ${pidFile}; wait`], 200)();
    expect(late).toEqual({
      kind: 'failed',
      why: 'the reload command failed: sh did not end within 0.2 s',
    });
    const started = findProcess(Number(readFileSync(pidFile, 'utf8')));
    expect(started === undefined || (await waitForExit(started, 5000))).toBe(true);
  });

  it('that cannot be started for want of file handles fails, and nothing else does', async () => {
    const command = new URL('../../../gateway/agent/reload/command.ts', import.meta.url).href;
    const script = `
      import { openSync } from 'node:fs';
      import { runCommand } from '${command}';
      try { for (;;) openSync('/dev/null'); } catch {}
      const { kind, why } = await runCommand({ program: 'true', args: [] }, { env: {}, timeoutMs: 5000 });
      await new Promise(setImmediate);
      process.stdout.write(kind + ': ' + why);`;
    const limited = ['-c', 'ulimit -n 64 && exec "$0" --input-type=module -e "$1"', process.execPath, script];
    const child = spawn('/bin/sh', limited, { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk;
    });
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(said).toBe('failed: true cannot be run: too many files are open (EMFILE)');
  });

  it('has as long as timers can be, and not no time at all', async () => {
    expect(await ran('sleep', ['0.05'], 365 * 86_400_000)()).toEqual({ kind: 'told', runs: null });
  });

  it('may print as much as it likes', async () => {
    expect(
      await ran('sh', ['-c', 'head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2'])(),
    ).toMatchObject({ kind: 'told' });
  });

  it('proves nothing about a file that was changed meanwhile: it is looked at again', async () => {
    const target = targetOf({ reload: ran('true', []) });
    await target.apply(bytesOf(one), one.manifest);
    writeFileSync(file, 'tampered');
    expect(await target.stored?.()).toBe(sha256Hex('tampered'));
  });
});
