import { Code as FailureCode } from '../machine/gen/menv/failure/v1/failure_pb.js';
import type { Failure } from '../machine/gen/menv/failure/v1/failure_pb.js';
import type { ErrorCode } from './catalogue.ts';
import { vmmInstallHint } from './install-hint.ts';
import { SandboxError } from './sandbox-error.ts';

/** Who was talking: native failures name files and programs, not the sandbox as the user knows it. */
export interface FailureContext {
  readonly sandbox?: string;
  /** For CODE_FILE: the Connect code that came with it. */
  readonly fileError?: 'not-found' | 'exists' | 'denied';
}

/** Native code's failure in the user's words. */
export function fromFailure(
  failure: Pick<Failure, 'code' | 'subject' | 'cause'>,
  context: FailureContext = {},
): SandboxError {
  const code = errorCode(failure.code, context);
  const aboutSandbox = ABOUT_SANDBOX.has(code);
  const subject = aboutSandbox ? (context.sandbox ?? failure.subject) : failure.subject;
  const details = { subject, cause: failure.cause };
  return new SandboxError(code, code === 'VMM_MISSING' ? { ...details, hint: vmmInstallHint() } : details);
}

/** The number comes over the wire: a newer supervisor may know codes that this engine does not. */
function errorCode(code: FailureCode, context: FailureContext): ErrorCode {
  if (code === FailureCode.FILE) return fileCode(context);
  return code in CODES ? CODES[code] : 'PROTOCOL';
}

/** Their message names the sandbox. */
const ABOUT_SANDBOX = new Set<ErrorCode>(['ALREADY_RUNNING', 'STOPPED', 'PROTOCOL']);

const CODES: Readonly<Record<FailureCode, ErrorCode>> = {
  [FailureCode.UNSPECIFIED]: 'PROTOCOL',
  [FailureCode.ALREADY_RUNNING]: 'ALREADY_RUNNING',
  [FailureCode.RUN_FOLDER]: 'RUN_FOLDER',
  [FailureCode.SOCKET_PATH_TOO_LONG]: 'SOCKET_PATH_TOO_LONG',
  [FailureCode.VMM_MISSING]: 'VMM_MISSING',
  [FailureCode.VMM_FAILED]: 'VMM_FAILED',
  [FailureCode.NO_SPACE]: 'NO_SPACE',
  [FailureCode.DISK]: 'DISK',
  [FailureCode.ASSET_MISSING]: 'ASSET_MISSING',
  [FailureCode.BOOT_TIMEOUT]: 'BOOT_TIMEOUT',
  [FailureCode.GUEST_PANIC]: 'GUEST_PANIC',
  [FailureCode.LINK]: 'LINK',
  [FailureCode.STOPPED]: 'STOPPED',
  [FailureCode.SPEC]: 'SPEC',
  [FailureCode.CONFIGURE]: 'CONFIGURE',
  [FailureCode.PROGRAM_NOT_FOUND]: 'PROGRAM_NOT_FOUND',
  [FailureCode.PROGRAM_NOT_EXECUTABLE]: 'PROGRAM_NOT_EXECUTABLE',
  [FailureCode.WORKDIR]: 'WORKDIR',
  [FailureCode.PROCESS_UNKNOWN]: 'PROCESS_UNKNOWN',
  [FailureCode.PROCESS_EXISTS]: 'PROCESS_EXISTS',
  [FailureCode.LIMIT]: 'LIMIT',
  [FailureCode.USER_UNKNOWN]: 'USER_UNKNOWN',
  [FailureCode.FILE]: 'GUEST_FILE_FAILED',
  [FailureCode.DIAL]: 'DIAL',
  [FailureCode.IMAGE_NOT_FOUND]: 'IMAGE_NOT_FOUND',
  [FailureCode.IMAGE_INVALID]: 'IMAGE_INVALID',
  [FailureCode.IMAGE_PLATFORM]: 'IMAGE_PLATFORM',
  [FailureCode.IMAGE_AMBIGUOUS]: 'IMAGE_AMBIGUOUS',
  [FailureCode.IMAGE_LIMIT]: 'IMAGE_LIMIT',
  [FailureCode.IMAGE_REFERENCE]: 'IMAGE_REFERENCE',
  [FailureCode.STORE]: 'STORE',
};

function fileCode(context: FailureContext): ErrorCode {
  switch (context.fileError) {
    case 'not-found':
      return 'GUEST_FILE_NOT_FOUND';
    case 'exists':
      return 'GUEST_FILE_EXISTS';
    case 'denied':
      return 'GUEST_FILE_DENIED';
    default:
      return 'GUEST_FILE_FAILED';
  }
}
