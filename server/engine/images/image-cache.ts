// Remembers what an image file resolved to, so that the next start needs no process for it. Only
// regular files (a docker archive, an OCI layout in a tar, the built-in image) are remembered: a
// folder can change in its depth without any sign at its top.

import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resolvedImage } from '../machine/image-process.ts';
import type { ImageRequest, ResolvedImage } from '../machine/image-process.ts';

/** A proof of what the answer was made from; undefined when there is none. */
export type Evidence = string | undefined;

/** Taken before the image is resolved, so that a change during it makes the record worthless. */
export async function evidenceFor(request: ImageRequest, nowMs = Date.now()): Promise<Evidence> {
  const file = imageFile(request);
  if (file === undefined) return undefined;
  try {
    const [image, program] = await Promise.all([identity(file, nowMs), identity(request.menv, nowMs)]);
    if (image === undefined || program === undefined) return undefined;
    return JSON.stringify([request.reference, request.platform, request.store, image, program]);
  } catch {
    return undefined;
  }
}

export async function readCached(
  request: ImageRequest,
  evidence: string,
): Promise<ResolvedImage | undefined> {
  try {
    const record: unknown = JSON.parse(await readFile(recordPath(request), 'utf8'));
    if (!isRecord(record) || record.evidence !== evidence) return undefined;
    const image = resolvedImage(record.image, request.reference);
    const disk = await stat(image.rootDisk, { bigint: true });
    return disk.isFile() && `${disk.size}` === record.rootDiskSize ? image : undefined;
  } catch {
    // Whatever is wrong with the record, resolving the image anew puts it right.
    return undefined;
  }
}

/** A lost record costs one resolution, so nothing here fails and nothing is synced. */
export async function writeCached(
  request: ImageRequest,
  evidence: string,
  image: ResolvedImage,
): Promise<void> {
  const path = recordPath(request);
  const temporary = `${path}.${randomUUID()}`;
  try {
    const { size } = await stat(image.rootDisk, { bigint: true });
    await mkdir(recordFolder(request), { recursive: true });
    await writeFile(temporary, JSON.stringify({ evidence, rootDiskSize: `${size}`, image }));
    await rename(temporary, path);
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/**
 * Two writes within one tick of the file system's clock leave the same times; a file that was
 * written this recently proves nothing yet.
 */
const SETTLED_NS = 2_000_000_000n;

async function identity(path: string, nowMs: number): Promise<readonly string[] | undefined> {
  const info = await stat(path, { bigint: true });
  const { dev, ino, size, mtimeNs, ctimeNs } = info;
  const now = BigInt(nowMs) * 1_000_000n;
  if (!info.isFile() || now - ctimeNs < SETTLED_NS) return undefined;
  return [dev, ino, size, mtimeNs, ctimeNs].map(String);
}

function imageFile(request: ImageRequest): string | undefined {
  const { reference } = request;
  if (reference === 'builtin:busybox') return request.busybox;
  if (!reference.startsWith('/')) return undefined;
  const tag = reference.lastIndexOf('#');
  return tag < 0 ? reference : reference.slice(0, tag);
}

function recordFolder(request: ImageRequest): string {
  return join(request.store, 'resolved');
}

function recordPath(request: ImageRequest): string {
  const key = createHash('sha256').update(`${request.reference}\0${request.platform}`).digest('hex');
  return join(recordFolder(request), `${key.slice(0, 32)}.json`);
}

interface CacheRecord {
  readonly evidence: string;
  readonly rootDiskSize: string;
  readonly image: Record<string, unknown>;
}

function isRecord(value: unknown): value is CacheRecord {
  return typeof value === 'object' && value !== null && 'evidence' in value && 'image' in value;
}
