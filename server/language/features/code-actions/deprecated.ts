import type { Field, Project, Sandbox, Span } from '../../../sandboxfile/index.ts';
import { cursorAt } from '../../cursor/cursor.ts';
import { entrySpan } from '../spans.ts';
import { problemSpan, replaceScalar, word, written, type Fix, type Fixer } from './fix.ts';
import { removeEntry } from './lines.ts';

/** The key of today, or, where it says nothing any more, none. */
export const migrate: Fixer = ({ document }, problem) => {
  const { text, project } = document;
  const span = problemSpan(problem);
  const instead = word(problem, 'instead');
  const key = written(document, span);
  const path = cursorAt(text, span.start).path.map((segment) => segment.key ?? '');
  const isIgnored = instead === undefined || holds(project, path, instead);
  if (isIgnored) {
    const change = removeEntry(text, span);
    return change === undefined ? [] : [{ title: `Remove '${key}'`, preferred: true, changes: [change] }];
  }
  if (key === 'network') return scopeOutOfNetwork(project.sandboxes.get(path[1] ?? ''), text);
  return [
    {
      title: `Change to '${instead}'`,
      preferred: true,
      changes: [replaceScalar(document, span, instead)],
    },
  ];
};

function holds(project: Project, [section, name = '']: readonly string[], key: string): boolean {
  const component = section === 'builds' ? project.builds.get(name) : project.sandboxes.get(name);
  return component !== undefined && Object.hasOwn(component.fields, key);
}

/** `network: {scope: any}` becomes `scope: any`. */
function scopeOutOfNetwork(sandbox: Sandbox | undefined, text: string): readonly Fix[] {
  const network = sandbox?.fields.network;
  const inner: Field<unknown> | undefined = network?.value?.scope ?? network?.value?.reach;
  if (network === undefined || inner === undefined) return [];
  const whole: Span = entrySpan(text, network.key, network.span);
  const value = text.slice(inner.span.start, inner.span.end);
  // Comments and anchors in it have no place in the new entry.
  const rest = text.slice(whole.start, whole.end).replace(/["']?(?:network|scope|reach)["']?\s*:/g, '');
  if (rest.replace(value, '').replace(/[{}\s]/g, '') !== '') return [];
  return [
    {
      title: `Change to 'scope: ${value}'`,
      preferred: true,
      changes: [{ ...whole, text: `scope: ${value}` }],
    },
  ];
}
