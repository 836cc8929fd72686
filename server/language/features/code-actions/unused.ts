import { problemSpan, type Fixer } from './fix.ts';
import { removeEntry } from './lines.ts';

/** The import, with its alias. */
export const removeUnused: Fixer = ({ document }, problem) => {
  const change = removeEntry(document.text, problemSpan(problem));
  return change === undefined ? [] : [{ title: 'Remove the import', preferred: true, changes: [change] }];
};
