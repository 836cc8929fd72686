import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** Largest text that is read, in bytes; what a Sandboxfile names comes from strangers too. */
const MAX_BYTES = 4 * 1024 * 1024;

/** The file is there, but it is not text that can be used. `message` says why. */
export class NotTextError extends Error {
  override readonly name = 'NotTextError';
}

/**
 * Text of a regular file of at most 4 MiB of UTF-8. Throws NotTextError or the system's error.
 * Neither a FIFO nor an endless device can hold it up.
 */
export async function readTextFile(path: string, signal?: AbortSignal): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { size, isRegular } = await file
      .stat()
      .then((stat) => ({ size: stat.size, isRegular: stat.isFile() }));
    if (!isRegular) throw new NotTextError(`${path} is not a regular file`);
    if (size > MAX_BYTES) throw new NotTextError(`${path} is larger than ${MAX_BYTES} bytes`);
    signal?.throwIfAborted();
    return decode(path, await readAtMost(file, MAX_BYTES + 1));
  } finally {
    await file.close();
  }
}

/** A file can grow while it is read, and /proc files have no size. */
async function readAtMost(file: Awaited<ReturnType<typeof open>>, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  while (total < limit) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(Math.min(64 * 1024, limit - total)));
    if (bytesRead === 0) break;
    chunks.push(buffer.subarray(0, bytesRead));
    total += bytesRead;
  }
  return Buffer.concat(chunks, total);
}

function decode(path: string, bytes: Uint8Array): string {
  if (bytes.length > MAX_BYTES) throw new NotTextError(`${path} is larger than ${MAX_BYTES} bytes`);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new NotTextError(`${path} is not UTF-8 text`, { cause: error });
  }
}
