import { catalogue } from './catalogue.ts';
import type { CatalogueEntry, ErrorCode } from './catalogue.ts';

export interface ErrorDetails {
  /** The thing that failed: a path, a name, an image. */
  readonly subject?: string;
  /** A second word some messages need, such as the file a name was looked for in. */
  readonly context?: string;
  /** What the layer below said. */
  readonly cause?: unknown;
  /** Replaces the catalogue's advice where the caller knows better. */
  readonly hint?: string;
}

/** Every failure that the engine reports. A cancelled call rejects with its signal's reason instead. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError';
  readonly code: ErrorCode;
  readonly subject: string;
  /** What the user can do about it. */
  readonly hint: string | undefined;

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    const { subject = '', context = '' } = details;
    const entry: CatalogueEntry = catalogue[code];
    const cause = causeOf(details.cause);
    super(entry.message(subject, context), cause === undefined ? undefined : { cause });
    this.code = code;
    this.subject = subject;
    this.hint = details.hint ?? (typeof entry.hint === 'function' ? entry.hint(subject) : entry.hint);
  }
}

export function hasCode(error: unknown, code: ErrorCode): error is SandboxError {
  return error instanceof SandboxError && error.code === code;
}

function causeOf(cause: unknown): Error | undefined {
  if (cause instanceof Error) return cause;
  return typeof cause === 'string' && cause !== '' ? new Error(cause) : undefined;
}
