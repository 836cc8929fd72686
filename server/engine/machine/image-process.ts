// `menv image VERB`: a process for each call, JSON lines on its stdout. Secrets and streams go to its
// stdin; a command line is everybody's to read.

import type { ImageEvent } from '../api.ts';
import { imageEvent } from './image-events.ts';
import type { Json } from './json.ts';
import { callLines } from './line-process.ts';

export type ImageVerb =
  | 'resolve'
  | 'pull'
  | 'push'
  | 'login'
  | 'logout'
  | 'tags'
  | 'ls'
  | 'rm'
  | 'inspect'
  | 'prune'
  | 'load'
  | 'commit'
  | 'save';

/** What every call runs with. */
export interface ImageTool {
  readonly menv: string;
  /** The user's folder: credentials, and settings of registries. */
  readonly home: string;
  readonly store: string;
  readonly platform: string;
  /** Archive of the built-in image. */
  readonly busybox: string;
}

export interface ImageCall {
  readonly verb: ImageVerb;
  readonly flags?: readonly string[];
  readonly args: readonly string[];
  /** What the call is about, for messages and events. */
  readonly subject: string;
  readonly input?: string | AsyncIterable<Uint8Array>;
  readonly onEvent?: (event: ImageEvent) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Resolves to the answer; an abort ends the process, which leaves the store as it was. */
export function callImage(tool: ImageTool, call: ImageCall): Promise<Json> {
  const { menv, home, store, platform, busybox } = tool;
  const { verb, flags = [], args, subject, input, onEvent, signal } = call;
  const common = ['--store', store, '--platform', platform, '--builtin', busybox];
  return callLines({
    menv,
    home,
    args: ['image', verb, ...common, ...flags, '--', ...args],
    subject,
    failed: 'IMAGE_FAILED',
    input,
    onProgress: (line) => {
      const event = imageEvent(line, subject);
      if (event !== undefined) onEvent?.(event);
      return event !== undefined;
    },
    signal,
  });
}
