import { volume } from '../../../sandboxfile/index.ts';
import { problemSpan, replaceScalar, written, type Fixer } from './fix.ts';

/** A guest path is absolute: `./src` becomes `./src:/src`. */
export const absoluteGuest: Fixer = ({ document }, problem) => {
  const span = problemSpan(problem);
  const pair = written(document, span);
  const colon = pair.indexOf(':');
  const host = colon < 0 ? pair : pair.slice(0, colon);
  const guest = colon < 0 ? pair : pair.slice(colon + 1);
  const text = `${host}:/${guest.replace(/^(?:\.{0,2}\/)+/, '')}`;
  if (!volume(text).ok) return [];
  return [{ title: `Change to '${text}'`, preferred: true, changes: [replaceScalar(document, span, text)] }];
};
