// What is kept on disk of each terminal of a window, so that the window after a reload finds what was begun:
// the editor forgets a terminal that is not a moment old. The window writes the request to `record` before
// there is a terminal and takes it away when the user closes it; the terminal writes beside it how far it is.

export interface TerminalState {
  readonly pid: number;
  /** The program runs; what comes of it from here on is no longer the start's. */
  readonly started: boolean;
}

export function stateFileOf(record: string): string {
  return `${record}.state`;
}
