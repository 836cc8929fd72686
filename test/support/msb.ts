// bin/msb as a user runs it.

import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';

export const repository = path.dirname(path.dirname(import.meta.dirname));
export const msbProgram = path.join(repository, 'bin/msb');

export interface MsbResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface MsbOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly signal?: AbortSignal;
  /** User and group to run it as. */
  readonly uid?: number;
}

export type MsbProcess = ChildProcessByStdio<Writable, Readable, Readable>;

export function startMsb(args: readonly string[], options: MsbOptions): MsbProcess {
  return spawn(msbProgram, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.signal && { signal: options.signal }),
    ...(options.uid !== undefined && { uid: options.uid, gid: options.uid }),
  });
}

/** Runs msb to its end. */
export async function msb(args: readonly string[], options: MsbOptions): Promise<MsbResult> {
  const child = startMsb(args, options);
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  return resultOf(child);
}

export async function resultOf(child: MsbProcess): Promise<MsbResult> {
  const [stdout, stderr, [code, signal]] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  return { code, signal, stdout, stderr };
}

/** Resolves once the program has printed the text; what it said of its end instead is in the error. */
export async function waitForOutput(child: MsbProcess, wanted: string): Promise<string> {
  let said = '';
  child.stderr.on('data', (chunk: Buffer | string) => {
    said = (said + chunk.toString()).slice(-4096);
  });
  const closed = once(child, 'close');
  try {
    return await waitForText(child.stdout, wanted);
  } catch (cause) {
    await closed;
    throw new Error(`msb said: ${said}`, { cause });
  }
}

/** Resolves once the stream has carried the text. Rejects when it ends without. */
export function waitForText(stream: Readable, wanted: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let seen = '';
    const onData = (chunk: Buffer | string): void => {
      seen += chunk.toString();
      if (!seen.includes(wanted)) return;
      stream.off('data', onData);
      resolve(seen);
    };
    stream.on('data', onData);
    stream.once('close', () => reject(new Error(`ended without ${JSON.stringify(wanted)}: ${seen}`)));
  });
}

async function textOf(stream: Readable): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return new TextDecoder().decode(concatenated(chunks));
}

export function concatenated(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
