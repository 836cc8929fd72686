export type { ErrorCode } from './catalogue.ts';
export { fromFailure } from './failure.ts';
export { vmmInstallHint } from './install-hint.ts';
export { hasCode, SandboxError } from './sandbox-error.ts';
export type { ErrorDetails } from './sandbox-error.ts';
export { errnoOf, fromErrno } from './errno.ts';
