// What is kept on disk of each terminal of a window, so that the window after a reload finds what was begun: the
// editor makes a terminal only through its page, and forgets one that is not a moment old.
//
// A terminal has its record from before it is made until it is closed or has nothing left to show: what has a record
// has a terminal, or is given one by the next window.
// - The window writes the request to `record` before it asks for the terminal, and takes it away when the user has
//   closed the terminal or another one takes its place. A window that goes away takes nothing away.
// - The terminal's program writes beside it how far it is, and takes both away when it ends, but for a program that is
//   hung up while its work could go on: then the next window finds it. It ends when its record is taken away.
// - The next window takes a record over by writing itself into it, or takes it away for one of its own. It leaves those
//   of windows that are still there, and those that another window has taken over meanwhile.
// Of what a sandbox is for, a window has one terminal that is not `held`.

export interface TerminalState {
  readonly pid: number;
  readonly phase: TerminalPhase;
}

export type TerminalPhase =
  | 'starting'
  /** What comes of the program from here on is no longer the start's. */
  | 'running'
  /** It has ended, or failed: its terminal only keeps what it has printed. */
  | 'held';

export function stateFileOf(record: string): string {
  return `${record}.state`;
}
