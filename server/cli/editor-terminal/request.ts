// What the editor asks of the program in one of its terminals. It is in the environment, as JSON: the
// editor shows the command line to the user.

export interface TerminalRequest {
  /** Project root, absolute. */
  readonly root: string;
  /** Sandboxfile's name inside the root. */
  readonly file: string;
  readonly sandbox: string;
  readonly program: RequestedProgram;
  /** `StartReview.identity` digests that the user has agreed to; a start of anything else is refused. */
  readonly approved: readonly string[];
  /** When the terminal stays open after the program has ended, so that its output can be read. */
  readonly hold: 'always' | 'after-failure' | 'never';
  /** Absolute: paths of the guest that are mounted are shown as those of this folder's files. */
  readonly workspaceFolder?: string;
  /** Socket of the window that is told of the start; see report.ts. */
  readonly reports?: string;
  /** The window has begun the start under this key; see `Project.begin`. */
  readonly key?: string;
  /** File that this request is kept in; see record.ts. */
  readonly record?: string;
}

export type RequestedProgram =
  /** What the sandbox is for. It outlives its terminal, and when it runs already its output is shown. */
  | { readonly kind: 'main' }
  | { readonly kind: 'script'; readonly script: string; readonly args: readonly string[] }
  /** A shell in the sandbox, which is started for it and stays when the shell ends. */
  | { readonly kind: 'shell' };

const REQUEST_VARIABLE = 'SANDBOXFILE_TERMINAL';

/** As variables of the program's environment. */
export function encodeRequest(request: TerminalRequest): Readonly<Record<string, string>> {
  return { [REQUEST_VARIABLE]: JSON.stringify(request) };
}

/** Undefined when there is none. The editor that installed this program wrote it. */
export function decodeRequest(environment: Readonly<Record<string, unknown>>): TerminalRequest | undefined {
  const text = environment[REQUEST_VARIABLE];
  return typeof text === 'string' ? (JSON.parse(text) as TerminalRequest) : undefined;
}
