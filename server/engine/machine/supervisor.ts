import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, fstatSync, ftruncateSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { create, fromJsonString, toJsonString } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { MachineSpecSchema, StartReportSchema } from './gen/menv/machine/v1/machine_pb.js';
import type { StartReport } from './gen/menv/machine/v1/machine_pb.js';
import { errnoOf, fromErrno, fromFailure, SandboxError } from '../errors/index.ts';

export type MachineSpecInit = MessageInitShape<typeof MachineSpecSchema>;

/** Longer than the supervisor waits for a dying predecessor's lock. */
const START_DEADLINE_MS = 15_000;
/** A report is one short line; more is not from our supervisor. */
const MAX_REPORT = 64 << 10;
const STDERR_NAME = 'supervisor.log';
/** What earlier supervisors said is kept up to here. */
const MAX_STDERR = 64 << 10;
const STDERR_TAIL = 2048;

/**
 * Starts the supervisor in a session of its own and waits until it listens; resolves to its pid. From
 * there on it does not depend on this process.
 */
export async function startSupervisor(
  menv: string,
  spec: MachineSpecInit & { readonly runFolder: string },
  sandbox: string,
  signal?: AbortSignal,
): Promise<number> {
  signal?.throwIfAborted();
  const child = spawnDetached(menv, join(spec.runFolder, STDERR_NAME));
  const abort = (): void => {
    child.process.kill('SIGTERM');
  };
  signal?.addEventListener('abort', abort, { once: true });
  const deadline = setTimeout(() => child.process.kill('SIGKILL'), START_DEADLINE_MS);
  try {
    // A supervisor that died says more by its exit than by a broken pipe.
    child.stdin.on('error', () => undefined);
    child.stdin.end(toJsonString(MachineSpecSchema, create(MachineSpecSchema, spec)));
    const line = await firstLine(child.process, child.stdout, menv);
    signal?.throwIfAborted();
    if (line === undefined) {
      throw new SandboxError('SUPERVISOR_FAILED', {
        subject: sandbox,
        cause: await tailOf(join(spec.runFolder, STDERR_NAME)),
      });
    }
    return pidOf(line, sandbox);
  } finally {
    clearTimeout(deadline);
    signal?.removeEventListener('abort', abort);
    child.stdin.destroy();
    child.stdout.destroy();
    child.process.unref();
  }
}

interface Detached {
  readonly process: ChildProcess;
  readonly stdin: Writable;
  readonly stdout: Readable;
}

function spawnDetached(menv: string, stderrPath: string): Detached {
  const stderr = openStderr(stderrPath);
  try {
    // cwd: the supervisor must not hold the project's folder or a mount.
    const child = spawn(menv, ['vm'], { detached: true, cwd: '/', stdio: ['pipe', 'pipe', stderr] });
    if (child.stdin === null || child.stdout === null) throw new TypeError('pipes were asked for');
    return { process: child, stdin: child.stdin, stdout: child.stdout };
  } finally {
    closeSync(stderr);
  }
}

function openStderr(path: string): number {
  try {
    const fd = openSync(path, 'a', 0o600);
    if (fstatSync(fd).size > MAX_STDERR) ftruncateSync(fd, 0);
    return fd;
  } catch (error) {
    throw fromErrno(error, path, 'RUN_FOLDER');
  }
}

/** Undefined when the child ended without a line. */
function firstLine(child: ChildProcess, stdout: Readable, menv: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let text = '';
    stdout.setEncoding('utf8');
    stdout.on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
      else if (text.length > MAX_REPORT) child.kill('SIGKILL');
    });
    stdout.on('end', () => {
      resolve(undefined);
    });
    child.on('error', (error) => {
      const missing = errnoOf(error) === 'ENOENT' || errnoOf(error) === 'EACCES';
      reject(fromErrno(error, menv, missing ? 'ASSET_MISSING' : 'SUPERVISOR_FAILED'));
    });
  });
}

function pidOf(line: string, sandbox: string): number {
  let report: StartReport;
  try {
    report = fromJsonString(StartReportSchema, line, { ignoreUnknownFields: true });
  } catch (error) {
    throw new SandboxError('PROTOCOL', { subject: sandbox, cause: error });
  }
  const { result } = report;
  if (result.case === 'failure') throw fromFailure(result.value, { sandbox });
  if (result.case !== 'listening') throw new SandboxError('PROTOCOL', { subject: sandbox });
  return result.value.pid;
}

async function tailOf(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const length = Math.min(size, STDERR_TAIL);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString('utf8').trim();
  } finally {
    await file.close();
  }
}
