import { Code, ConnectError } from '@connectrpc/connect';
import { toJson } from '@bufbuild/protobuf';
import { FailureSchema } from './gen/menv/failure/v1/failure_pb.js';
import { fromFailure, SandboxError } from '../errors/index.ts';
import type { FailureContext } from '../errors/failure.ts';

/** What connect-es takes with each call. */
export interface CallOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Leaves out what is absent: the options' types tell `undefined` from missing. */
export function callOptions(timeoutMs: number | undefined, signal: AbortSignal | undefined): CallOptions {
  return {
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(signal === undefined ? {} : { signal }),
  };
}

/** A failed call in the user's words; an aborted one is its signal's reason. */
export function fromRpc(error: unknown, sandbox: string, signal?: AbortSignal): unknown {
  if (signal?.aborted === true) return signal.reason;
  if (error instanceof SandboxError) return error;
  const rpc = ConnectError.from(error);
  const failure = rpc.findDetails(FailureSchema)[0];
  if (failure !== undefined)
    return fromFailure(toJson(FailureSchema, failure), failureContext(sandbox, rpc.code));
  switch (rpc.code) {
    case Code.DeadlineExceeded:
      return new SandboxError('UNRESPONSIVE', { subject: sandbox });
    case Code.ResourceExhausted:
      // The transports' own bound says no more than this.
      return new SandboxError('LIMIT', { subject: 'size of a message', cause: rpc });
    case Code.Unimplemented:
    case Code.Unauthenticated:
    case Code.InvalidArgument:
    case Code.DataLoss:
    case Code.Unknown:
      return new SandboxError('PROTOCOL', { subject: sandbox, cause: rpc });
    default:
      // A connection that breaks while the supervisor ends shows as any of the others.
      return new SandboxError('STOPPED', { subject: sandbox, cause: rpc });
  }
}

function failureContext(sandbox: string, code: Code): FailureContext {
  switch (code) {
    case Code.NotFound:
      return { sandbox, fileError: 'not-found' };
    case Code.AlreadyExists:
      return { sandbox, fileError: 'exists' };
    case Code.PermissionDenied:
      return { sandbox, fileError: 'denied' };
    default:
      return { sandbox };
  }
}
