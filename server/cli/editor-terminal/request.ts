// What the editor asks of the program in one of its terminals: one argument, as JSON.

export interface TerminalRequest {
  /** Project root, absolute. */
  readonly root: string;
  /** Sandboxfile's name inside the root. */
  readonly file: string;
  readonly sandbox: string;
  readonly program: RequestedProgram;
  /** `StartReview.identity` digests that the user has agreed to; a start of anything else is refused. */
  readonly approved: readonly string[];
  /** Keep the terminal open when the program has ended, so that its output can be read. */
  readonly hold: boolean;
}

export type RequestedProgram =
  /** What the sandbox is for. It outlives its terminal, and when it runs already its output is shown. */
  | { readonly kind: 'main' }
  | { readonly kind: 'script'; readonly script: string; readonly args: readonly string[] }
  /** A shell in the sandbox, which is started for it and stays when the shell ends. */
  | { readonly kind: 'shell' };

export function encodeRequest(request: TerminalRequest): string {
  return JSON.stringify(request);
}

/** The editor that installed this program wrote it: nothing but a mistake of ours can be wrong with it. */
export function decodeRequest(text: string | undefined): TerminalRequest {
  return JSON.parse(text ?? '') as TerminalRequest;
}
