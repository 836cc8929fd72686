import { text as freeText } from '../grammars/text.ts';
import { componentName } from '../grammars/name.ts';
import { accept, quote, reject, type Grammar } from '../grammars/grammar.ts';
import { foldGuestPath } from '../grammars/guest-path.ts';
import { list, text } from './values.ts';

/** Schemas and key kinds that several tables use. */
export const string = text(freeText, { wanted: 'a string' });
export const strings = list(string, 'a list of strings');
export const path = text(freeText, { wanted: 'a path', examples: ['./README.md'] });

export function names(kind: string) {
  return list(text(freeText, { wanted: `a ${kind} name` }), `a list of ${kind} names`);
}

const anyKey: Grammar<string> = (value) => accept(value);

export function componentKey(kind: string) {
  return { grammar: componentName, name: `${kind} name` };
}

/** Keys that name something defined elsewhere: checked there. */
export function referenceKey(kind: string) {
  return { grammar: anyKey, name: `${kind} name` };
}

const foldedGuestPath: Grammar<string> = (value) => {
  const folded = foldGuestPath(value);
  return folded.ok ? accept(folded.path) : reject('SBX-VOLUME-GUEST', `${folded.reason}: '${quote(value)}'`);
};

/** Keys that are the guest paths of volumes: that there is such a volume is checked elsewhere. */
export const volumeKey = { grammar: foldedGuestPath, name: 'guest path' };
