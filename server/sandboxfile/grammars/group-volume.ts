import { accept, quote, reject, type Grammar } from './grammar.ts';
import { foldGuestPath } from './guest-path.ts';

/** Mount point of a group's volume. */
export const groupVolumePath: Grammar<string> = (text) => {
  const folded = foldGuestPath(text);
  return folded.ok ? accept(folded.path) : reject('SBX-GROUP-VOLUME', `${folded.reason}: '${quote(text)}'`);
};
