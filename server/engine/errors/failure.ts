import type { CodeJson, FailureJson } from '../machine/gen/menv/failure/v1/failure_pb.js';
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
export function fromFailure(failure: FailureJson, context: FailureContext = {}): SandboxError {
  const code = errorCode(failure.code, context);
  const subject = (ABOUT_SANDBOX.has(code) ? context.sandbox : undefined) ?? failure.subject ?? '';
  const details = { subject, cause: failure.cause };
  return new SandboxError(code, code === 'VMM_MISSING' ? { ...details, hint: vmmInstallHint() } : details);
}

/** A newer supervisor may know codes that this engine does not; those come as numbers. */
function errorCode(code: CodeJson = 'CODE_UNSPECIFIED', context: FailureContext): ErrorCode {
  if (code === 'CODE_FILE') return fileCode(context);
  return Object.hasOwn(CODES, code) ? CODES[code] : 'PROTOCOL';
}

/** Their message names the sandbox. */
const ABOUT_SANDBOX = new Set<ErrorCode>([
  'ALREADY_RUNNING',
  'STOPPED',
  'PAUSED',
  'PROTOCOL',
  'NETWORK',
  'TEMPLATE',
  'BACK_END',
]);

const CODES: Readonly<Record<CodeJson, ErrorCode>> = {
  CODE_UNSPECIFIED: 'PROTOCOL',
  CODE_ALREADY_RUNNING: 'ALREADY_RUNNING',
  CODE_RUN_FOLDER: 'RUN_FOLDER',
  CODE_SOCKET_PATH_TOO_LONG: 'SOCKET_PATH_TOO_LONG',
  CODE_VMM_MISSING: 'VMM_MISSING',
  CODE_VMM_FAILED: 'VMM_FAILED',
  CODE_NO_SPACE: 'NO_SPACE',
  CODE_DISK: 'DISK',
  CODE_ASSET_MISSING: 'ASSET_MISSING',
  CODE_BOOT_TIMEOUT: 'BOOT_TIMEOUT',
  CODE_GUEST_PANIC: 'GUEST_PANIC',
  CODE_LINK: 'LINK',
  CODE_STOPPED: 'STOPPED',
  CODE_PAUSED: 'PAUSED',
  CODE_SPEC: 'SPEC',
  CODE_NETWORK: 'NETWORK',
  CODE_SECRETS: 'SECRETS',
  CODE_TEMPLATE: 'TEMPLATE',
  CODE_SNAPSHOT: 'SNAPSHOT',
  CODE_SNAPSHOT_OTHER: 'SNAPSHOT_OTHER',
  CODE_SNAPSHOT_FILE: 'SNAPSHOT_FILE',
  CODE_VOLUME: 'VOLUME',
  CODE_VOLUME_MISSING: 'VOLUME_MISSING',
  CODE_PORT: 'PORT',
  CODE_PORT_PRIVILEGED: 'PORT_PRIVILEGED',
  CODE_PORT_UNKNOWN: 'PORT_UNKNOWN',
  CODE_SNAPSHOT_FOREIGN: 'SNAPSHOT_FOREIGN',
  CODE_CONFIGURE: 'CONFIGURE',
  CODE_VOLUME_POINT: 'VOLUME_POINT',
  CODE_PROGRAM_NOT_FOUND: 'PROGRAM_NOT_FOUND',
  CODE_PROGRAM_NOT_EXECUTABLE: 'PROGRAM_NOT_EXECUTABLE',
  CODE_WORKDIR: 'WORKDIR',
  CODE_PROCESS_UNKNOWN: 'PROCESS_UNKNOWN',
  CODE_PROCESS_EXISTS: 'PROCESS_EXISTS',
  CODE_LIMIT: 'LIMIT',
  CODE_USER_UNKNOWN: 'USER_UNKNOWN',
  CODE_FILE: 'GUEST_FILE_FAILED',
  CODE_DIAL: 'DIAL',
  CODE_IMAGE_NOT_FOUND: 'IMAGE_NOT_FOUND',
  CODE_IMAGE_INVALID: 'IMAGE_INVALID',
  CODE_IMAGE_PLATFORM: 'IMAGE_PLATFORM',
  CODE_IMAGE_AMBIGUOUS: 'IMAGE_AMBIGUOUS',
  CODE_IMAGE_LIMIT: 'IMAGE_LIMIT',
  CODE_IMAGE_REFERENCE: 'IMAGE_REFERENCE',
  CODE_STORE: 'STORE',
  CODE_IMAGE_IN_USE: 'IMAGE_IN_USE',
  CODE_IMAGE_NOT_CACHED: 'IMAGE_NOT_CACHED',
  CODE_SETTING: 'SETTING',
  CODE_OUTPUT: 'OUTPUT',
  CODE_IMAGE_LAYERS: 'IMAGE_LAYERS',
  CODE_REGISTRY_UNAUTHORIZED: 'REGISTRY_UNAUTHORIZED',
  CODE_REGISTRY_FORBIDDEN: 'REGISTRY_FORBIDDEN',
  CODE_REGISTRY_UNKNOWN: 'REGISTRY_UNKNOWN',
  CODE_REGISTRY_RATE_LIMITED: 'REGISTRY_RATE_LIMITED',
  CODE_REGISTRY_UNAVAILABLE: 'REGISTRY_UNAVAILABLE',
  CODE_REGISTRY_TIMEOUT: 'REGISTRY_TIMEOUT',
  CODE_REGISTRY_REFUSED: 'REGISTRY_REFUSED',
  CODE_REGISTRY_CONFIG: 'REGISTRY_CONFIG',
  CODE_CREDENTIALS: 'CREDENTIALS',
  CODE_LOGIN_REJECTED: 'LOGIN_REJECTED',
  CODE_LIBKRUN_MISSING: 'LIBKRUN_MISSING',
  CODE_LIBKRUN_UNUSABLE: 'LIBKRUN_UNUSABLE',
  CODE_LIBKRUN_ARCHITECTURE: 'LIBKRUN_ARCHITECTURE',
  CODE_LIBKRUN_OLD: 'LIBKRUN_OLD',
  CODE_HYPERVISOR: 'HYPERVISOR',
  CODE_BACK_END: 'BACK_END',
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
