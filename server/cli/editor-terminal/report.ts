// What a terminal of the editor tells the window that opened it, as JSON lines on a socket of that
// window: a start takes steps, and can fail, before there is a supervisor that would tell. The first
// line says which sandbox the rest is about. One line comes back: `cancel`. Other windows ask on it whether this one
// still has a page.

import type { ImageEvent, WindowSize } from '../../engine/api.ts';

export interface ReportSubject {
  readonly root: string;
  readonly file: string;
  readonly sandbox: string;
  /** Of the terminal; see record.ts. */
  readonly record?: string;
}

export type TerminalReport =
  /** The user has agreed to the start with this digest of its review. */
  | { readonly kind: 'approved'; readonly digest: string }
  /** It runs, and tells of itself from here on. */
  | ({ readonly kind: 'started' } & WindowSize)
  /** Nobody is there any more who wants it. */
  | { readonly kind: 'given-up' }
  | Pick<ImageEvent & { readonly kind: 'image' }, 'kind' | 'stage' | 'done' | 'total'>
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly hint?: string };

export const CANCEL = 'cancel';

export const IS_SHOWN = 'is-shown';
export const SHOWN = 'shown';

/** More than any line of ours. */
export const LONGEST_REPORT = 64 << 10;
