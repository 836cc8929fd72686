import { SandboxError } from './sandbox-error.ts';
import type { ErrorCode } from './catalogue.ts';

/** The system's name of an I/O error, such as ENOENT. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** What a failed write or read of `path` means: a full disk is one whatever was being done. */
export function fromErrno(error: unknown, path: string, otherwise: ErrorCode): SandboxError {
  if (error instanceof SandboxError) return error;
  const errno = errnoOf(error);
  const code = errno === 'ENOSPC' || errno === 'EDQUOT' ? 'NO_SPACE' : otherwise;
  return new SandboxError(code, { subject: path, cause: error });
}
