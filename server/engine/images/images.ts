import type { EventBody } from '../api.ts';
import { resolveImage } from '../machine/image-process.ts';
import type { ImageRequest, ResolvedImage } from '../machine/image-process.ts';
import { guestPlatform } from '../machine/assets.ts';
import type { Assets } from '../machine/assets.ts';
import { evidenceFor, readCached, writeCached } from './image-cache.ts';

export interface ImageUse {
  /** An absolute path, `builtin:…` or a normalised reference. */
  readonly reference: string;
  readonly assets: Assets;
  readonly store: string;
  readonly emit: (event: EventBody) => void;
  readonly signal?: AbortSignal;
}

/** The image as a root file system on this host, from memory when nothing can have changed. */
export async function useImage(use: ImageUse): Promise<ResolvedImage> {
  const request: ImageRequest = {
    menv: use.assets.menv,
    busybox: use.assets.busybox,
    store: use.store,
    platform: guestPlatform(),
    reference: use.reference,
    onProgress: (stage, done, total) => {
      use.emit({ kind: 'image', stage: stage === 'importing' ? 'importing' : 'resolving', done, total });
    },
    ...(use.signal === undefined ? {} : { signal: use.signal }),
  };
  const evidence = await evidenceFor(request);
  const cached = evidence === undefined ? undefined : await readCached(request, evidence);
  if (cached !== undefined) return cached;
  use.emit({ kind: 'image', stage: 'resolving', done: 0, total: 0 });
  const image = await resolveImage(request);
  if (evidence !== undefined) await writeCached(request, evidence, image);
  use.emit({ kind: 'image', stage: 'ready', done: 1, total: 1 });
  return image;
}
