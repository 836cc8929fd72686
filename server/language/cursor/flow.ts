import type { Span } from '../../sandboxfile/index.ts';
import { isBlank, lineEnd, MAX_DEPTH, readQuoted, type Quoted } from './line.ts';

/** A collection in brackets or braces that is open where the scan ends. */
export interface FlowFrame {
  readonly kind: 'map' | 'list';
  readonly start: number;
  /** The key whose value comes next. */
  key: { readonly name: string; readonly span: Span } | undefined;
  /** Names of the entries so far. */
  readonly keys: string[];
}

export interface FlowScan {
  /** From the outermost; empty: the collection is closed before the scan ends. */
  readonly frames: readonly FlowFrame[];
  /** The scalar that the scan ended in, quotes included. */
  readonly token: { readonly span: Span; readonly quote: '' | '"' | "'" } | undefined;
  readonly comment: boolean;
  /** Behind the closing bracket; undefined while it is open. */
  readonly end?: number;
}

/** Follows flow collections from the bracket at `start` to `offset`. */
export function scanFlow(text: string, start: number, offset: number): FlowScan {
  const frames: FlowFrame[] = [];
  let last: { name: string; span: Span } | undefined;
  let at = start;
  while (at < offset) {
    const char = text.charAt(at);
    const frame = frames.at(-1);
    if (char === '{' || char === '[') {
      if (frames.length === MAX_DEPTH) return { frames, token: undefined, comment: true };
      frames.push({ kind: char === '{' ? 'map' : 'list', start: at, key: undefined, keys: [] });
      last = undefined;
      at++;
    } else if (char === '}' || char === ']') {
      frames.pop();
      if (frames.length === 0) return { frames, token: undefined, comment: false, end: at + 1 };
      last = undefined;
      at++;
    } else if (char === ',') {
      if (frame !== undefined) {
        if (frame.kind === 'map' && frame.key === undefined && last !== undefined) frame.keys.push(last.name);
        frame.key = undefined;
      }
      last = undefined;
      at++;
    } else if (char === ':' && (last !== undefined || endsScalar(text, at + 1))) {
      if (frame?.kind === 'map' && last !== undefined) {
        frame.key = last;
        frame.keys.push(last.name);
      }
      last = undefined;
      at++;
    } else if (char === '#' && /[\s,[\]{}]/.test(text[at - 1] ?? ' ')) {
      const newline = text.indexOf('\n', at);
      if (newline < 0 || newline >= offset) return { frames, token: undefined, comment: true };
      at = newline + 1;
    } else if (isBlank(char) || char === '\n' || char === '\r') {
      at++;
    } else {
      const quoted = readQuoted(text, at, text.length);
      const end = quoted?.end ?? plainEnd(text, at);
      const span = { start: at, end };
      if (end >= offset && !(quoted?.closed === true && end === offset)) {
        const quote = quoted === undefined ? '' : char === '"' ? '"' : "'";
        return { frames, token: { span, quote }, comment: false };
      }
      last = { name: quoted?.content ?? text.slice(at, end), span };
      at = end;
    }
  }
  return { frames, token: undefined, comment: false };
}

/** Whether a colon stands behind `offset`, blanks left out. */
export function colonFollows(text: string, offset: number): boolean {
  const colon = /[ \t]*:(?=[\s,[\]{}]|$)/y;
  colon.lastIndex = offset;
  return colon.test(text);
}

/** Behind the entry or item of brackets that begins at `start`: where its comma or their end stands. */
export function flowItemEnd(text: string, start: number): number {
  let depth = 0;
  let at = start;
  for (let blank = true; at < text.length; at++) {
    const char = text.charAt(at);
    const quoted: Quoted | undefined = blank ? readQuoted(text, at, text.length) : undefined;
    if (quoted !== undefined) at = quoted.end - 1;
    else if (char === '#' && /\s/.test(text[at - 1] ?? '')) at = lineEnd(text, at);
    else if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') {
      if (depth-- === 0) break;
    } else if (char === ',' && depth === 0) break;
    blank = quoted === undefined && /[\s,[\]{}:]/.test(char);
  }
  while (at > start && /\s/.test(text.charAt(at - 1))) at--;
  return at;
}

function endsScalar(text: string, offset: number): boolean {
  return offset >= text.length || /[\s,[\]{}]/.test(text.charAt(offset));
}

function plainEnd(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    const char = text.charAt(at);
    if (',[]{}\n\r'.includes(char)) break;
    if (char === ':' && endsScalar(text, at + 1)) break;
    if (char === '#' && isBlank(text[at - 1])) break;
    at++;
  }
  while (at > start && isBlank(text[at - 1])) at--;
  return Math.max(at, start + 1);
}
