// How a terminal of ours is started: a process of its own that attaches to a program in a sandbox, so
// that it lives through a reload of the window like any other terminal.

import type { Installation } from '../../host/installation.ts';
import { decodeRequest, encodeRequest } from '../../../server/cli/editor-terminal/request.ts';
import type { TerminalRequest } from '../../../server/cli/editor-terminal/request.ts';

export interface ProgramLine {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** `environment`: of the engine in it. */
export function programLine(
  installation: Installation,
  request: TerminalRequest,
  environment: Readonly<Record<string, string>>,
): ProgramLine {
  return {
    program: installation.node,
    args: [installation.terminal, labelOf(request)],
    env: { ...installation.nodeEnvironment, ...environment, ...encodeRequest(request) },
  };
}

/** For the eyes of the user, who sees the command line in some messages. */
function labelOf({ sandbox, program }: TerminalRequest): string {
  return program.kind === 'script' ? `${sandbox}~${program.script}` : sandbox;
}

/** What a terminal of ours shows, also one that was restored; undefined for others. */
export function requestIn(options: Readonly<object>): TerminalRequest | undefined {
  if (!('env' in options) || typeof options.env !== 'object' || options.env === null) return undefined;
  return decodeRequest(options.env as Readonly<Record<string, unknown>>);
}
