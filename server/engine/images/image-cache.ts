// Remembers what an image's name resolved to, so that the next start needs no process for it. The
// proof that it still does is a file that changes with it: the image file itself (a docker archive,
// an OCI layout in a tar, the built-in image), or the store's record of a registry's reference.
// Folders are never remembered: they can change in their depth without any sign at their top.

import { createHash } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resolvedImage } from '../machine/image-answers.ts';
import type { ResolvedImage } from '../machine/image-answers.ts';
import type { ImageTool } from '../machine/image-process.ts';
import { isObject, text } from '../machine/json.ts';
import type { Json } from '../machine/json.ts';

export interface ImageQuestion extends ImageTool {
  readonly reference: string;
}

export interface Recalled {
  /** Undefined: it has to be resolved. */
  readonly image?: ResolvedImage;
  /**
   * What an answer that is found now will be made from; undefined when that cannot be proved yet.
   * Taken before, so that a change while the image is resolved makes the record worthless.
   */
  readonly evidence?: string;
}

export async function recall(question: ImageQuestion, nowMs = Date.now()): Promise<Recalled> {
  const record = await readRecord(question);
  const evidence = await evidenceFor(question, imageFile(question) ?? text(record['referenceFile']), nowMs);
  if (evidence === undefined) return {};
  const image = record['evidence'] === evidence ? await imageOf(record, question) : undefined;
  return image === undefined ? { evidence } : { image, evidence };
}

/**
 * A record that is lost, or cut off where its writer was killed, costs one resolution: nothing here fails, nothing is
 * synced, and there is no other file that a kill could leave.
 */
export async function remember(
  question: ImageQuestion,
  evidence: string | undefined,
  image: ResolvedImage,
): Promise<void> {
  const { referenceFile } = image;
  // Without evidence it is remembered where the next one is found.
  if (evidence === undefined && (referenceFile === '' || isPath(question))) return;
  try {
    const { size } = await stat(image.rootDisk, { bigint: true });
    await mkdir(recordFolder(question), { recursive: true });
    const record = JSON.stringify({ evidence, referenceFile, rootDiskSize: `${size}`, image });
    await writeFile(recordPath(question), record);
  } catch {
    // The next one asks.
  }
}

/**
 * Two writes within one tick of the file system's clock leave the same times; a file that was
 * written this recently proves nothing yet.
 */
const SETTLED_NS = 2_000_000_000n;

async function evidenceFor(
  question: ImageQuestion,
  proof: string,
  nowMs: number,
): Promise<string | undefined> {
  if (proof === '') return undefined;
  try {
    const [image, program] = await Promise.all([identity(proof, nowMs), identity(question.menv, nowMs)]);
    if (image === undefined || program === undefined) return undefined;
    return JSON.stringify([question.reference, question.platform, question.store, image, program]);
  } catch {
    return undefined;
  }
}

async function identity(path: string, nowMs: number): Promise<readonly string[] | undefined> {
  const info = await stat(path, { bigint: true });
  const { dev, ino, size, mtimeNs, ctimeNs } = info;
  const now = BigInt(nowMs) * 1_000_000n;
  if (!info.isFile() || now - ctimeNs < SETTLED_NS) return undefined;
  return [dev, ino, size, mtimeNs, ctimeNs].map(String);
}

/** The image, unless its root disk was lost or cut. */
async function imageOf(record: Json, question: ImageQuestion): Promise<ResolvedImage | undefined> {
  try {
    const image = resolvedImage(record['image'], question.reference);
    const disk = await stat(image.rootDisk, { bigint: true });
    return disk.isFile() && `${disk.size}` === record['rootDiskSize'] ? image : undefined;
  } catch {
    // Whatever is wrong with the record, resolving the image anew puts it right.
    return undefined;
  }
}

async function readRecord(question: ImageQuestion): Promise<Json> {
  try {
    const record: unknown = JSON.parse(await readFile(recordPath(question), 'utf8'));
    return isObject(record) ? record : {};
  } catch {
    return {};
  }
}

function isPath({ reference }: ImageQuestion): boolean {
  return reference.startsWith('/') || reference.startsWith('builtin:');
}

/** Undefined for a registry's reference, and for a built-in image that does not exist. */
function imageFile(question: ImageQuestion): string | undefined {
  const { reference } = question;
  if (reference === 'builtin:busybox') return question.busybox;
  if (!isPath(question)) return undefined;
  const tag = reference.lastIndexOf('#');
  return tag < 0 ? reference : reference.slice(0, tag);
}

function recordFolder(question: ImageQuestion): string {
  return join(question.store, 'resolved');
}

/** The default registry is part of the question: without one in the reference, it decides what is meant. */
function recordPath(question: ImageQuestion, env: NodeJS.ProcessEnv = process.env): string {
  const asked = [question.reference, question.platform, env['OCI_REGISTRY_DOMAIN'] ?? ''].join('\0');
  return join(
    recordFolder(question),
    `${createHash('sha256').update(asked).digest('hex').slice(0, 32)}.json`,
  );
}
