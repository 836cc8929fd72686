import { addComponents, componentName, type Section } from '../../../sandboxfile/index.ts';
import { cursorAt } from '../../cursor/cursor.ts';
import type { LanguageDocument } from '../../document-types.ts';
import { commonImage } from './common-image.ts';
import { problemSpan, written, type Change, type Fixer } from './fix.ts';

/** A component that is to be added to one version of a file. */
export interface Creation {
  readonly uri: string;
  readonly version: number;
  readonly section: Section;
  readonly name: string;
}

const KINDS = { sandboxes: 'sandbox', builds: 'build', groups: 'group' } as const;

/** The component that the problem's place names and that is not there. */
export const createComponent: Fixer = ({ document }, problem) => {
  const span = problemSpan(problem);
  const name = written(document, span);
  const { path } = cursorAt(document.text, span.start);
  const section = SECTIONS[problem.id] ?? (path[0]?.key === 'builds' ? 'builds' : 'sandboxes');
  if (!componentName(name).ok) return [];
  return [{ title: `Create ${KINDS[section]} '${name}'`, create: { section, name } }];
};

const SECTIONS: Readonly<Record<string, Section>> = {
  'SBX-GROUP-UNKNOWN': 'groups',
  'SBX-IMPORT-BUILD': 'builds',
};

/** Undefined: the text is written in a way that cannot be added to. */
export function creation(
  document: LanguageDocument,
  { section, name }: Creation,
): readonly Change[] | undefined {
  const definition = section === 'groups' ? {} : { image: commonImage(document.project) };
  const added = addComponents(document.text, section, [name], definition);
  return added.ok ? [difference(document.text, added.text)] : undefined;
}

/** What comes from the client again is checked. */
export function isCreation(data: unknown): data is Creation {
  if (typeof data !== 'object' || data === null) return false;
  const { uri, version, section, name } = data as Partial<Record<keyof Creation, unknown>>;
  return (
    typeof uri === 'string' &&
    typeof version === 'number' &&
    typeof name === 'string' &&
    (section === 'sandboxes' || section === 'builds' || section === 'groups')
  );
}

function difference(before: string, after: string): Change {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start++;
  let tail = 0;
  while (tail < most - start && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  return { start, end: before.length - tail, text: after.slice(start, after.length - tail) };
}
