// What `menv image VERB` answers, as the engine knows it.

import type {
  CommittedImage,
  ImageDefaults,
  ImageDetails,
  ImageLayer,
  LoadedImage,
  PulledImage,
  PushedImage,
  RemovedImages,
  StoredImage,
} from '../api.ts';
import { SandboxError } from '../errors/index.ts';
import { count, date, isObject, object, objects, text, texts } from './json.ts';
import type { Json } from './json.ts';

/** One read-only root file system on this host. */
export interface ResolvedImage {
  readonly digest: string;
  readonly rootDisk: string;
  /** Changes whenever the name that was asked for comes to mean another image, and goes with it. */
  readonly referenceFile: string;
  readonly config: ImageDefaults;
}

/** Also reads back what was cached. */
export function resolvedImage(image: unknown, subject: string): ResolvedImage {
  const { digest, rootDisk, referenceFile, config } = object(image);
  if (typeof digest !== 'string' || typeof rootDisk !== 'string' || !isObject(config))
    throw unexpected(subject);
  return { digest, rootDisk, referenceFile: text(referenceFile), config: imageDefaults(config) };
}

export function pulledImage(answer: Json, subject: string): PulledImage {
  const { reference, digest, size } = expect(answer, 'image', subject);
  return { reference: text(reference), digest: text(digest), sizeBytes: count(size) };
}

export function pushedImage(answer: Json, subject: string): PushedImage {
  const { reference, digest } = expect(answer, 'pushed', subject);
  return { reference: text(reference), digest: text(digest) };
}

export function committedImage(answer: Json, subject: string): CommittedImage {
  const { reference, digest } = expect(answer, 'committed', subject);
  return { reference: text(reference), digest: text(digest) };
}

export function storedImages(answer: Json): readonly StoredImage[] {
  return objects(answer['images']).map(storedImage);
}

export function removedImages(answer: Json, subject: string): RemovedImages {
  const { references, digests, freed } = expect(answer, 'removed', subject);
  return { references: texts(references), digests: texts(digests), freedBytes: count(freed) };
}

export function imageDetails(answer: Json, subject: string): ImageDetails {
  const raw = expect(answer, 'inspect', subject);
  const { rootDisk, kept } = object(raw['sizes']);
  return {
    raw,
    ...storedImage(raw),
    sizeBytes: count(rootDisk) + count(kept),
    config: imageDefaults(object(raw['runs'])),
    layers: objects(raw['layers']).map(imageLayer),
  };
}

export function loadedImages(answer: Json): readonly LoadedImage[] {
  return objects(answer['loaded']).map(({ reference, digest }) => ({
    digest: text(digest),
    ...(text(reference) === '' ? {} : { reference: text(reference) }),
  }));
}

/** The object that an answer carries under its key. */
export function expect(answer: Json, key: string, subject: string): Json {
  const value = answer[key];
  if (isObject(value)) return value;
  throw unexpected(subject);
}

function unexpected(subject: string): SandboxError {
  return new SandboxError('IMAGE_FAILED', { subject, cause: 'unexpected answer' });
}

function storedImage(image: Json): StoredImage {
  return {
    references: texts(image['references']),
    digest: text(image['digest']),
    platform: text(image['platform']),
    sizeBytes: count(image['size']),
    inUseBy: texts(image['inUseBy']),
    ...when('created', image['created']),
    ...when('lastUsed', image['lastUsed']),
  };
}

function imageLayer({ digest, diffId, size, createdBy }: Json): ImageLayer {
  return {
    digest: text(digest) || text(diffId),
    sizeBytes: count(size),
    ...(text(createdBy) === '' ? {} : { createdBy: text(createdBy) }),
  };
}

function imageDefaults(config: Json): ImageDefaults {
  return {
    env: texts(config['env']),
    entrypoint: texts(config['entrypoint']),
    cmd: texts(config['cmd']),
    workingDir: text(config['workingDir']),
    user: text(config['user']),
    exposedPorts: texts(config['exposedPorts']),
  };
}

function when<K extends string>(key: K, value: unknown): Partial<Record<K, Date>> {
  const at = date(value);
  return at === undefined ? {} : ({ [key]: at } as Partial<Record<K, Date>>);
}
