import { lineEnd } from '../../cursor/line.ts';
import { scalar } from '../scalar.ts';
import { problemSpan, replaceScalar, type Fixer } from './fix.ts';

/** Another name for a component that would have that of another one. */
export const renameImport: Fixer = ({ document }, problem) => {
  const { text, project } = document;
  const span = problemSpan(problem);
  const mapping = project.modules.find(({ place }) => place.name.start === span.start);
  if (mapping === undefined) return [];
  const { sandboxes, builds, groups, modules } = project;
  const taken = new Set([
    ...[sandboxes, builds, groups].flatMap((components) => [...components.keys()]),
    ...modules.map((module) => module.name),
  ]);
  let number = 2;
  while (taken.has(`${mapping.name}-${String(number)}`)) number++;
  const name = `${mapping.name}-${String(number)}`;
  const title = `Import as '${name}'`;
  if (mapping.place.name.start !== mapping.place.component.start) {
    return [{ title, preferred: true, changes: [replaceScalar(document, span, name)] }];
  }
  // Only where nothing is written behind the component's name.
  const rest = /^[ \t]*:[ \t]*(?:\{\s*\}|~|null)?(?=[ \t]*(?:#.*)?$|[,}])/.exec(
    text.slice(span.end, lineEnd(text, span.end)),
  )?.[0];
  if (rest === undefined) return [];
  const change = { start: span.end, end: span.end + rest.length, text: `: {as: ${scalar(name, true)}}` };
  return [{ title, preferred: true, changes: [change] }];
};
