import { quote } from '../grammars/grammar.ts';
import { parseSandboxfile } from '../parse.ts';
import type { Span } from '../position.ts';
import { definitionBody, type Definition } from './definition.ts';
import { brokenText, invalid, notEditable, verified, type EditResult, type Section } from './edit.ts';
import { insertionOf } from './insertion.ts';

const KINDS = { sandboxes: 'Sandbox', builds: 'Build', groups: 'Group' } as const;

/** Adds components with one definition at the end of their section, or nothing at all. */
export function addComponents(
  text: string,
  section: Section,
  names: readonly string[],
  definition: Definition,
): EditResult {
  const before = parseSandboxfile(text);
  const fault = brokenText(before);
  if (fault !== undefined) return invalid(fault);
  const present = new Set(before.project.fields[section]?.value?.keys());
  for (const name of names) {
    if (present.has(name)) {
      return invalid(`${KINDS[section]} with name '${quote(name)}' already exists`, 'exists');
    }
    present.add(name);
  }
  const entries = names.map((name) => ({ name, body: definitionBody(definition, section) }));
  const insertion = insertionOf(text, section, entries);
  if (insertion === undefined) return invalid(notEditable(section));
  const { start, end, added } = insertion;
  const edited = text.slice(0, start) + added + text.slice(end);
  const wrong = faultWithin(edited, { start, end: start + added.length });
  return wrong === undefined ? verified(edited, section, [...present]) : invalid(wrong);
}

/** The first thing that keeps new text from meaning what it says. */
function faultWithin(text: string, span: Span): string | undefined {
  const bad = parseSandboxfile(text).problems.find(
    ({ id, severity, range }) =>
      (severity === 'error' || id === 'SBX-UNKNOWN-KEY') &&
      range.start.offset >= span.start &&
      range.start.offset <= span.end,
  );
  return bad?.message;
}
