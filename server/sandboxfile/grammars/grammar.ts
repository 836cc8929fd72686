import type { ProblemId } from '../problem.ts';

/** Turns the text of one value into its meaning, or says what is wrong with it. Never throws. */
export type Grammar<T> = (text: string) => Parsed<T>;

export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: Fault };

export interface Fault {
  readonly id: ProblemId;
  readonly message: string;
}

export function accept<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function reject(id: ProblemId, message: string): { readonly ok: false; readonly fault: Fault } {
  return { ok: false, fault: { id, message } };
}

const QUOTED_LENGTH = 120;

/** User text for a message: control characters escaped, long text cut. */
export function quote(text: string): string {
  const cut = text.length > QUOTED_LENGTH ? `${text.slice(0, QUOTED_LENGTH)}…` : text;
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return cut.replace(/[\u0000-\u001f\u007f-\u009f]/g, (control) => JSON.stringify(control).slice(1, -1));
}
