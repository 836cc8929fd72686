// Remembers what an image file resolved to, so that the next start needs no process for it. Only
// regular files (a docker archive, an OCI layout in a tar, the built-in image) are remembered: a
// folder can change in its depth without any sign at its top.

import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resolvedImage } from '../machine/image-answers.ts';
import type { ResolvedImage } from '../machine/image-answers.ts';
import type { ImageTool } from '../machine/image-process.ts';

export interface ImageQuestion extends ImageTool {
  readonly reference: string;
}

/** A proof of what the answer was made from; undefined when there is none. */
export type Evidence = string | undefined;

/** Taken before the image is resolved, so that a change during it makes the record worthless. */
export async function evidenceFor(question: ImageQuestion, nowMs = Date.now()): Promise<Evidence> {
  const file = imageFile(question);
  if (file === undefined) return undefined;
  try {
    const [image, program] = await Promise.all([identity(file, nowMs), identity(question.menv, nowMs)]);
    if (image === undefined || program === undefined) return undefined;
    return JSON.stringify([question.reference, question.platform, question.store, image, program]);
  } catch {
    return undefined;
  }
}

export async function readCached(
  question: ImageQuestion,
  evidence: string,
): Promise<ResolvedImage | undefined> {
  try {
    const record: unknown = JSON.parse(await readFile(recordPath(question), 'utf8'));
    if (!isRecord(record) || record.evidence !== evidence) return undefined;
    const image = resolvedImage(record.image, question.reference);
    const disk = await stat(image.rootDisk, { bigint: true });
    return disk.isFile() && `${disk.size}` === record.rootDiskSize ? image : undefined;
  } catch {
    // Whatever is wrong with the record, resolving the image anew puts it right.
    return undefined;
  }
}

/** A lost record costs one resolution, so nothing here fails and nothing is synced. */
export async function writeCached(
  question: ImageQuestion,
  evidence: string,
  image: ResolvedImage,
): Promise<void> {
  const path = recordPath(question);
  const temporary = `${path}.${randomUUID()}`;
  try {
    const { size } = await stat(image.rootDisk, { bigint: true });
    await mkdir(recordFolder(question), { recursive: true });
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

function imageFile(question: ImageQuestion): string | undefined {
  const { reference } = question;
  if (reference === 'builtin:busybox') return question.busybox;
  if (!reference.startsWith('/')) return undefined;
  const tag = reference.lastIndexOf('#');
  return tag < 0 ? reference : reference.slice(0, tag);
}

function recordFolder(question: ImageQuestion): string {
  return join(question.store, 'resolved');
}

function recordPath(question: ImageQuestion): string {
  const key = createHash('sha256').update(`${question.reference}\0${question.platform}`).digest('hex');
  return join(recordFolder(question), `${key.slice(0, 32)}.json`);
}

interface CacheRecord {
  readonly evidence: string;
  readonly rootDiskSize: string;
  readonly image: Record<string, unknown>;
}

function isRecord(value: unknown): value is CacheRecord {
  return typeof value === 'object' && value !== null && 'evidence' in value && 'image' in value;
}
