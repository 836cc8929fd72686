import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import type { MachineSpecJson } from './gen/menv/machine/v1/machine_pb.js';
import { errnoOf, fromErrno, SandboxError } from '../errors/index.ts';
import { listeningPid, reportLines } from './start-report.ts';

export interface SupervisorStart {
  readonly menv: string;
  /** The user's folder; the supervisor keeps small facts about the host in it. */
  readonly home: string;
  readonly spec: MachineSpecJson;
  /** For messages. */
  readonly sandbox: string;
  /** Called once the spec is on its way: what is done from there on delays nobody. */
  readonly onSent: () => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts the supervisor in a session of its own and waits until it listens; resolves to its pid. From
 * there on it does not depend on this process.
 */
export async function startSupervisor(start: SupervisorStart): Promise<number> {
  const { menv, home, spec, sandbox, onSent, signal } = start;
  signal?.throwIfAborted();
  const child = spawn(menv, ['vm'], { detached: true, cwd: '/', env: { ...process.env, MENV_HOME: home } });
  const abort = (): void => {
    child.kill('SIGTERM');
  };
  signal?.addEventListener('abort', abort, { once: true });
  const deadline = setTimeout(() => child.kill('SIGKILL'), START_DEADLINE_MS);
  try {
    // A supervisor that died says more by its exit than by a broken pipe.
    child.stdin.on('error', () => undefined);
    child.stdin.end(JSON.stringify(spec));
    onSent();
    const { line, stderr } = await answer(child, menv);
    signal?.throwIfAborted();
    if (line !== undefined) return listeningPid(line, sandbox);
    throw new SandboxError('SUPERVISOR_FAILED', { subject: sandbox, cause: stderr.trim() });
  } finally {
    clearTimeout(deadline);
    signal?.removeEventListener('abort', abort);
    child.stdin.destroy();
    child.stdout.destroy();
    child.stderr.destroy();
    child.unref();
  }
}

/** Longer than the supervisor waits for a dying predecessor's lock. */
const START_DEADLINE_MS = 15_000;
/** Of the end of what it said before it died. */
const MAX_STDERR = 4 << 10;

interface Answer {
  /** Undefined when the supervisor ended without one. */
  readonly line: string | undefined;
  readonly stderr: string;
}

function answer(child: ChildProcessWithoutNullStreams, menv: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr = (stderr + chunk).slice(-MAX_STDERR);
    });
    void reportLines(child.stdout)().then((line) => {
      if (line !== undefined) resolve({ line, stderr });
      else child.kill('SIGKILL');
    });
    child.on('close', () => {
      resolve({ line: undefined, stderr });
    });
    child.on('error', (error) => {
      const missing = errnoOf(error) === 'ENOENT' || errnoOf(error) === 'EACCES';
      reject(fromErrno(error, menv, missing ? 'ASSET_MISSING' : 'SUPERVISOR_FAILED'));
    });
  });
}
