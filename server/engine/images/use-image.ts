import type { EventBody } from '../api.ts';
import { resolvedImage } from '../machine/image-answers.ts';
import type { ResolvedImage } from '../machine/image-answers.ts';
import { callImage } from '../machine/image-process.ts';
import type { ImageTool } from '../machine/image-process.ts';
import { recall, remember } from './image-cache.ts';

export interface ImageUse {
  readonly tool: ImageTool;
  /** An absolute path, `builtin:…` or a reference. */
  readonly reference: string;
  readonly emit: (event: EventBody) => void;
  readonly signal?: AbortSignal | undefined;
}

/** The image as a root file system on this host, from memory when nothing can have changed. */
export async function useImage({ tool, reference, emit, signal }: ImageUse): Promise<ResolvedImage> {
  const question = { ...tool, reference };
  const recalled = await recall(question);
  if (recalled.image !== undefined) return recalled.image;
  emit({ kind: 'image', image: reference, stage: 'resolving', done: 0, total: 0 });
  const answer = await callImage(tool, {
    verb: 'resolve',
    args: [reference],
    subject: reference,
    onEvent: emit,
    signal,
  });
  const image = resolvedImage(answer['image'], reference);
  await remember(question, recalled.evidence, image);
  emit({ kind: 'image', image: reference, stage: 'ready', done: 1, total: 1 });
  return image;
}
