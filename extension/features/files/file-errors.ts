import { FileSystemError } from 'vscode';
import type { Uri } from 'vscode';
import type { ErrorCode } from '../../../server/engine/index.ts';
import { SandboxError } from '../../../server/engine/index.ts';

/** The editor's word for what went wrong, so that it offers what it offers for any file. */
export function asFileError(error: unknown, uri: Uri): unknown {
  if (!(error instanceof SandboxError)) return error;
  const code: ErrorCode = error.code;
  switch (code) {
    case 'GUEST_FILE_NOT_FOUND':
      return FileSystemError.FileNotFound(uri);
    case 'GUEST_FILE_EXISTS':
      return FileSystemError.FileExists(uri);
    case 'GUEST_FILE_DENIED':
      return FileSystemError.NoPermissions(uri);
    case 'STOPPED':
    case 'UNRESPONSIVE':
      return FileSystemError.Unavailable(error.message);
    default:
      return error;
  }
}
