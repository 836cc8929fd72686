import type { Quote } from '../cursor/cursor.ts';

/** What makes a plain scalar mean something else, or end it. */
const NULL = /^(?:~|null|Null|NULL)$/;
const UNSAFE_START = /^(?:[\s,[\]{}#&*!|>'"%@`]|[-?:](?:\s|$)|---|\.\.\.|<<$)/;
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const UNSAFE = /: |:$| #|[\u0000-\u001f\u007f-\u009f\ufeff]|\s$/;

/** `text` as it is written between quotes of a kind. */
export function withinQuotes(text: string, quote: '"' | "'"): string {
  return quote === "'" ? text.replaceAll("'", "''") : JSON.stringify(text).slice(1, -1);
}

/** `text` as a key or value, quoted when it has to be; `flow`: within brackets. */
export function scalar(text: string, flow: boolean): string {
  return isPlain(text, flow) ? text : JSON.stringify(text);
}

/** `text` in the place of a scalar written as `source`, in its quotes if it has any. */
export function scalarLike(source: string, text: string, flow: boolean): string {
  const quote = quoteOf(source);
  return quote === '' ? scalar(text, flow) : quote + withinQuotes(text, quote) + quote;
}

export function quoteOf(source: string): Quote {
  const first = source.charAt(0);
  return source.length > 1 && (first === '"' || first === "'") ? first : '';
}

function isPlain(text: string, flow: boolean): boolean {
  if (text === '' || NULL.test(text) || UNSAFE_START.test(text) || UNSAFE.test(text)) return false;
  return !(flow && /[,[\]{}]/.test(text));
}
