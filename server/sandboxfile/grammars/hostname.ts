import { accept, quote, reject, type Grammar } from './grammar.ts';

const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
const MAX_HOSTNAME = 253;

export const hostname: Grammar<string> = (text) =>
  text.length <= MAX_HOSTNAME && text.split('.').every((label) => LABEL.test(label))
    ? accept(text)
    : reject('SBX-GROUP-NET', `invalid hostname: ${quote(text)}`);
