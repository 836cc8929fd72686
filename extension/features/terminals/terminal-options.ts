// How a terminal of ours is started: a process of its own that attaches to a program in a sandbox, so
// that it lives through a reload of the window like any other terminal.

import type { Installation } from '../../host/installation.ts';
import { encodeRequest } from '../../../server/cli/editor-terminal/request.ts';
import type { TerminalRequest } from '../../../server/cli/editor-terminal/request.ts';

export interface ProgramLine {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export function programLine(installation: Installation, request: TerminalRequest): ProgramLine {
  return {
    program: installation.node,
    args: [installation.terminal, encodeRequest(request)],
    env: { ...installation.nodeEnvironment },
  };
}

/** The request in the arguments of a terminal of ours, also of one that was restored; else undefined. */
export function requestIn(args: unknown): TerminalRequest | undefined {
  if (!Array.isArray(args) || args.length !== 2) return undefined;
  const [program, text] = args as readonly unknown[];
  if (typeof program !== 'string' || typeof text !== 'string') return undefined;
  if (!/[\\/]dist[\\/]terminal[\\/]terminal\.js$/.test(program)) return undefined;
  try {
    return JSON.parse(text) as TerminalRequest;
  } catch {
    return undefined;
  }
}
