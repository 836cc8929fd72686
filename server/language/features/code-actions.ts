import {
  CodeActionKind,
  type CodeAction,
  type Diagnostic,
  type Range,
  type WorkspaceEdit,
} from 'vscode-languageserver-types';
import type { Problem } from '../../sandboxfile/index.ts';
import type { LanguageDocument, LanguageWorkspace } from '../document-types.ts';
import { creation, isCreation, type Creation } from './code-actions/creation.ts';
import type { Change, FileFix, Fix } from './code-actions/fix.ts';
import { FIXES } from './code-actions/fixes.ts';
import { EditSet } from './edit-set.ts';
import { overlaps } from './spans.ts';

/** Ways to solve the problems in a range. */
export function codeActions(
  workspace: LanguageWorkspace,
  document: LanguageDocument,
  range: Range,
  diagnostics: readonly Diagnostic[],
): readonly CodeAction[] {
  const { lines } = document;
  const wanted = { start: lines.offsetAt(range.start), end: lines.offsetAt(range.end) };
  return document.problems
    .filter((problem) => overlaps(spanOf(problem), wanted) && !isBlockText(document, problem))
    .flatMap((problem) => {
      const fixes = FIXES[problem.id]?.({ workspace, document }, problem) ?? [];
      return fixes.map((fix) => action(document, problem, fix, diagnostics));
    });
}

/** Fills in the edit of an action that was too dear to be made before it was chosen. */
export function resolveCodeAction(workspace: LanguageWorkspace, unresolved: CodeAction): CodeAction {
  const data: unknown = unresolved.data;
  if (!isCreation(data)) return unresolved;
  for (const document of workspace.documents()) {
    if (document.uri !== data.uri || document.version !== data.version) continue;
    const changes = creation(document, data);
    if (changes !== undefined) return { ...unresolved, edit: workspaceEdit(document, changes) };
  }
  return unresolved;
}

function action(
  document: LanguageDocument,
  problem: Problem,
  fix: Fix,
  diagnostics: readonly Diagnostic[],
): CodeAction {
  const { start } = document.lines.rangeOf(spanOf(problem));
  const solved = diagnostics.filter(
    ({ code, range }) =>
      code === problem.id && range.start.line === start.line && range.start.character === start.character,
  );
  return {
    title: fix.title,
    kind: CodeActionKind.QuickFix,
    ...(solved.length === 0 ? {} : { diagnostics: solved }),
    ...(fix.preferred === true ? { isPreferred: true } : {}),
    ...outcome(document, fix),
  };
}

function outcome(document: LanguageDocument, fix: Fix): Pick<CodeAction, 'edit' | 'data'> {
  if ('changes' in fix) return { edit: workspaceEdit(document, fix.changes) };
  if ('file' in fix) return { edit: fileEdit(fix.file) };
  return { data: { uri: document.uri, version: document.version, ...fix.create } satisfies Creation };
}

/** A file that is there by now stays as it is. */
function fileEdit({ uri, text }: FileFix['file']): WorkspaceEdit {
  const start = { line: 0, character: 0 };
  return {
    documentChanges: [
      { kind: 'create', uri, options: { ignoreIfExists: false, overwrite: false } },
      { textDocument: { uri, version: null }, edits: [{ range: { start, end: start }, newText: text }] },
    ],
  };
}

function workspaceEdit(document: LanguageDocument, changes: readonly Change[]): WorkspaceEdit {
  const edits = new EditSet();
  for (const { start, end, text } of changes) edits.replace(document, { start, end }, text);
  return edits.workspaceEdit();
}

/** Nothing is put in the place of a text of several lines. */
function isBlockText({ text }: LanguageDocument, problem: Problem): boolean {
  return /[|>]/.test(text.charAt(spanOf(problem).start));
}

function spanOf({ range }: Problem) {
  return { start: range.start.offset, end: range.end.offset };
}
