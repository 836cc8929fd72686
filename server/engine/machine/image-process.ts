import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { errnoOf, fromErrno, fromFailure, SandboxError } from '../errors/index.ts';

export interface ImageConfig {
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly workingDir: string;
  readonly user: string;
  readonly exposedPorts: readonly string[];
}

/** One read-only root file system on this host. */
export interface ResolvedImage {
  readonly digest: string;
  readonly rootDisk: string;
  readonly config: ImageConfig;
}

export interface ImageRequest {
  readonly menv: string;
  readonly store: string;
  readonly platform: string;
  readonly busybox: string;
  readonly reference: string;
  readonly onProgress: (stage: string, done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

const MAX_STDERR = 8 << 10;

/** Runs `menv image resolve`; an abort ends the process, which leaves the store as it was. */
export async function resolveImage(request: ImageRequest): Promise<ResolvedImage> {
  const { menv, reference, signal } = request;
  signal?.throwIfAborted();
  const args = [
    '--store',
    request.store,
    '--platform',
    request.platform,
    '--builtin',
    request.busybox,
    reference,
  ];
  const child = spawn(menv, ['image', 'resolve', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const abort = (): void => {
    child.kill('SIGTERM');
  };
  signal?.addEventListener('abort', abort, { once: true });
  const ended = new Promise<unknown>((resolve) => {
    child.once('error', resolve);
    child.once('close', () => {
      resolve(undefined);
    });
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(-MAX_STDERR);
  });
  try {
    let outcome: ResolvedImage | undefined;
    for await (const line of createInterface({ input: child.stdout })) {
      outcome = readLine(line, request) ?? outcome;
    }
    const spawnError = await ended;
    if (signal?.aborted === true) throw signal.reason;
    if (spawnError !== undefined) {
      throw fromErrno(spawnError, menv, errnoOf(spawnError) === 'ENOENT' ? 'ASSET_MISSING' : 'IMAGE_FAILED');
    }
    if (outcome === undefined) {
      throw new SandboxError('IMAGE_FAILED', { subject: reference, cause: stderr.trim() });
    }
    return outcome;
  } catch (error) {
    child.kill('SIGTERM');
    throw signal?.aborted === true ? signal.reason : error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

function readLine(line: string, request: ImageRequest): ResolvedImage | undefined {
  const message = parse(line, request.reference);
  if (isObject(message['failure'])) throw fromFailure(message['failure']);
  if (isObject(message['progress'])) {
    const { stage, done, total } = message['progress'];
    request.onProgress(String(stage), Number(done), Number(total));
  }
  return isObject(message['image']) ? resolvedImage(message['image'], request.reference) : undefined;
}

function parse(line: string, reference: string): Record<string, unknown> {
  try {
    const message: unknown = JSON.parse(line);
    if (isObject(message)) return message;
  } catch (error) {
    throw new SandboxError('IMAGE_FAILED', { subject: reference, cause: error });
  }
  throw new SandboxError('IMAGE_FAILED', { subject: reference, cause: line.slice(0, 200) });
}

/** Also reads back what was cached; throws on any other shape. */
export function resolvedImage(image: Record<string, unknown>, reference: string): ResolvedImage {
  const { digest, rootDisk, config } = image;
  if (typeof digest !== 'string' || typeof rootDisk !== 'string' || !isObject(config)) {
    throw new SandboxError('IMAGE_FAILED', { subject: reference, cause: 'unexpected answer' });
  }
  return {
    digest,
    rootDisk,
    config: {
      env: strings(config['env']),
      entrypoint: strings(config['entrypoint']),
      cmd: strings(config['cmd']),
      workingDir: typeof config['workingDir'] === 'string' ? config['workingDir'] : '',
      user: typeof config['user'] === 'string' ? config['user'] : '',
      exposedPorts: strings(config['exposedPorts']),
    },
  };
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
