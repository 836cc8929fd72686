// A short-lived `menv` process with JSON lines on its stdout: progress, then an answer or a failure.

import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ErrorCode } from '../errors/index.ts';
import { errnoOf, fromErrno, fromFailure, SandboxError } from '../errors/index.ts';
import { isObject, object } from './json.ts';
import type { Json } from './json.ts';

export interface LineCall {
  readonly menv: string;
  /** The user's folder. */
  readonly home: string;
  readonly args: readonly string[];
  /** What the call is about, for messages. */
  readonly subject: string;
  /** What a process that ends without an answer has failed with. */
  readonly failed: ErrorCode;
  readonly input?: string | AsyncIterable<Uint8Array> | undefined;
  /** Tells whether the line was progress. */
  readonly onProgress: (line: Json) => boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Resolves to the answer; an abort ends the process. */
export async function callLines(call: LineCall): Promise<Json> {
  const { menv, home, signal } = call;
  signal?.throwIfAborted();
  const child = spawn(menv, call.args, { stdio: 'pipe', env: { ...process.env, MENV_HOME: home } });
  let force: NodeJS.Timeout | undefined;
  const abort = (): void => {
    child.kill('SIGTERM');
    force ??= setTimeout(() => child.kill('SIGKILL'), CANCEL_DEADLINE_MS);
  };
  signal?.addEventListener('abort', abort, { once: true });
  const ended = endOf(child);
  const stderr = tailOf(child.stderr);
  const inputFailure = feed(child, call.input, () => {
    abort();
    return ended;
  });
  try {
    const answer = await readLines(child, call);
    const spawnError = await ended;
    if (signal?.aborted === true) throw signal.reason;
    if (spawnError !== undefined) {
      const missing = errnoOf(spawnError) === 'ENOENT' || errnoOf(spawnError) === 'EACCES';
      throw fromErrno(spawnError, menv, missing ? 'ASSET_MISSING' : call.failed);
    }
    if (answer !== undefined) return answer;
    throw new SandboxError(call.failed, { subject: call.subject, cause: stderr().trim() });
  } catch (error) {
    abort();
    await ended;
    if (signal?.aborted === true) throw signal.reason;
    throw inputFailure() ?? error;
  } finally {
    clearTimeout(force);
    signal?.removeEventListener('abort', abort);
  }
}

/** A cancelled process only closes files; one that is stuck in a dead file system is killed. */
const CANCEL_DEADLINE_MS = 5_000;
const MAX_STDERR = 8 << 10;

/** Resolves to the error of a process that could not be started. */
function endOf(child: ChildProcessWithoutNullStreams): Promise<unknown> {
  return new Promise((resolve) => {
    child.once('error', resolve);
    child.once('close', () => {
      resolve(undefined);
    });
  });
}

function tailOf(stream: Readable): () => string {
  let tail = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    tail = (tail + chunk).slice(-MAX_STDERR);
  });
  return () => tail;
}

/**
 * Returns what the source has failed with, if it has. That the process ends before it has read
 * everything is no failure: it says by its answer why.
 */
function feed(
  child: ChildProcessWithoutNullStreams,
  input: LineCall['input'],
  end: () => Promise<unknown>,
): () => Error | undefined {
  let failure: Error | undefined;
  const source = async function* (): AsyncGenerator<Uint8Array | string> {
    try {
      if (typeof input === 'string') yield input;
      else if (input !== undefined) yield* input;
    } catch (error) {
      // Then it was the process that ended: the stream hands its own error in.
      if (child.stdin.destroyed) return;
      failure = error instanceof Error ? error : new Error(String(error));
      // Before its input ends, which it would take for the end of the source.
      await end();
    }
  };
  void pipeline(Readable.from(source()), child.stdin).catch(() => undefined);
  return () => failure;
}

/** The last line that is neither progress nor failure is the answer. */
async function readLines(child: ChildProcessWithoutNullStreams, call: LineCall): Promise<Json | undefined> {
  let answer: Json | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const message = parse(line, call);
    if (message['failure'] !== undefined) throw fromFailure(object(message['failure']));
    if (!call.onProgress(message)) answer = message;
  }
  return answer;
}

function parse(line: string, { subject, failed }: LineCall): Json {
  try {
    const message: unknown = JSON.parse(line);
    if (isObject(message)) return message;
  } catch (error) {
    throw new SandboxError(failed, { subject, cause: error });
  }
  throw new SandboxError(failed, { subject, cause: line.slice(0, 200) });
}
