import { watch } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { errnoOf, fromErrno, SandboxError } from '../errors/index.ts';
import { Flag } from './flag.ts';

export interface LogOptions {
  readonly tail?: number;
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
}

/** The log's bytes from its last `tail` lines on; with `follow`, on across rotations until the abort. */
export async function* readLog(
  path: string,
  options: LogOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { tail, follow = false, signal } = options;
  signal?.throwIfAborted();
  let file = await openLog(path);
  // Watching begins before the first read: what is appended in between is seen.
  const changed = follow ? watchFile(path) : undefined;
  const onAbort = (): void => {
    changed?.flag.set();
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    let position = tail === undefined ? 0 : await tailStart(file, tail);
    for (;;) {
      for await (const chunk of readFrom(file, position)) {
        signal?.throwIfAborted();
        position += chunk.length;
        yield chunk;
      }
      if (changed === undefined) return;
      const next = await successor(path, file, position);
      if (next === undefined) {
        await changed.flag.wait();
        signal?.throwIfAborted();
        if ((await file.stat()).size < position) position = 0;
      } else {
        await file.close();
        file = next;
        position = 0;
      }
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    changed?.close();
    await file.close();
  }
}

const BLOCK = 64 << 10;
const NEWLINE = 0x0a;

async function openLog(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw new SandboxError('LOG_NOT_FOUND', { subject: path });
    throw fromErrno(error, path, 'PROJECT_UNREADABLE');
  }
}

async function* readFrom(file: FileHandle, start: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let position = start; ;) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(BLOCK), 0, BLOCK, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Where the last `lines` lines begin, found from the end in memory of one block. */
async function tailStart(file: FileHandle, lines: number): Promise<number> {
  const { size } = await file.stat();
  if (lines <= 0) return size;
  const block = Buffer.allocUnsafe(BLOCK);
  let wanted = lines;
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - BLOCK);
    const { bytesRead } = await file.read(block, 0, end - start, start);
    for (let at = bytesRead - 1; at >= 0; at--) {
      // The newline that ends the last line begins no other.
      if (block[at] !== NEWLINE || start + at === size - 1) continue;
      if (--wanted === 0) return start + at + 1;
    }
    end = start;
  }
  return 0;
}

/** After a rotation: the file that now has the name, once the old one was read to its end. */
async function successor(path: string, file: FileHandle, position: number): Promise<FileHandle | undefined> {
  const [named, current] = await Promise.all([stat(path).catch(() => undefined), file.stat()]);
  if (named === undefined || (named.ino === current.ino && named.dev === current.dev)) return undefined;
  if (current.size > position) return undefined;
  return open(path, 'r').catch(() => undefined);
}

function watchFile(path: string): { readonly flag: Flag; close(): void } {
  const flag = new Flag();
  const name = basename(path);
  // The folder is watched, not the file: a watch on the file would follow it through its rename.
  const watcher = watch(dirname(path), (_event, changed) => {
    if (changed === null || changed === name) flag.set();
  });
  watcher.on('error', () => {
    flag.set();
  });
  return {
    flag,
    close: () => {
      watcher.close();
    },
  };
}
