import { accept, reject, type Grammar } from './grammar.ts';

/** Free text; Linux can pass no NUL to a program. */
export const text: Grammar<string> = (value) =>
  value.includes('\0')
    ? reject('SBX-TYPE', 'invalid text: it must not contain a NUL character')
    : accept(value);
