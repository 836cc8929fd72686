import { cursorAt } from '../../cursor/cursor.ts';
import { asMap, describe } from '../../cursor/shape.ts';
import { siblingKeys } from '../../cursor/siblings.ts';
import { problemSpan, replaceScalar, written, type Fixer } from './fix.ts';
import { removeEntry } from './lines.ts';

/** Of two entries with one key the second. */
export const removeDuplicate: Fixer = ({ document }, problem) => {
  const key = problemSpan(problem);
  const change = removeEntry(document.text, key);
  const title = `Remove this '${written(document, key)}'`;
  return change === undefined ? [] : [{ title, changes: [change] }];
};

/** Another name, where keys are names. */
export const renameDuplicate: Fixer = ({ document }, problem) => {
  const key = problemSpan(problem);
  const cursor = cursorAt(document.text, key.start);
  const shape = describe(cursor.path)?.shape;
  if (shape === undefined || asMap(shape)?.kind !== 'map') return [];
  const taken = siblingKeys(document.text, cursor);
  const name = written(document, key);
  let number = 2;
  while (taken.has(`${name}-${String(number)}`)) number++;
  const free = `${name}-${String(number)}`;
  return [{ title: `Rename to '${free}'`, preferred: true, changes: [replaceScalar(document, key, free)] }];
};
