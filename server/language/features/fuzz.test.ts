// Seeded mutations of the worked examples and documents made from the schema: no feature throws at any
// position of any text, and what they answer lies in the text.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAlias, isCollection, isPair, isScalar, parseDocument } from 'yaml';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { TextDocumentEdit, TextEdit, type CodeAction, type Range } from 'vscode-languageserver-types';
import { finish, type Problem } from '../../sandboxfile/index.ts';
import { Documents } from '../../sandboxfile/testing/documents.ts';
import type { LanguageDocument } from '../document-types.ts';
import { NEVER, TestWorkspace } from '../testing/workspace.ts';
import { incomingCalls, outgoingCalls, prepareCallHierarchy } from './call-hierarchy.ts';
import { codeActions, resolveCodeAction } from './code-actions.ts';
import { codeLenses } from './code-lenses.ts';
import { completion } from './completion.ts';
import { definition } from './definition.ts';
import { documentSymbols } from './document-symbols.ts';
import { folding } from './folding.ts';
import { rangeFormatting, replacementsFor } from './formatting.ts';
import { applyReplacements } from './formatting/replacement.ts';
import { highlights } from './highlights.ts';
import { hover } from './hover.ts';
import { inlayHints } from './inlay-hints.ts';
import { links } from './links.ts';
import { references } from './references.ts';
import { prepareRename, rename, RenameRefused } from './rename.ts';
import { selectionRanges } from './selection-ranges.ts';
import { semanticTokens } from './semantic-tokens.ts';

const ROUNDS = 400;
const PLACES = 3;
const MODULE = 'sandboxes:\n  db: {image: a}\n  cache: {image: b, depends_on: [db]}\n';

const asked = new Documents(7, ROUNDS);
test('no feature throws', { timeout: asked.timeout }, async () => {
  const { next } = asked;
  for (let round = 0; round < asked.rounds; round++) {
    const text = asked.mutated(round);
    const workspace = new TestWorkspace({ Sandboxfile: text, 'db.yaml': MODULE });
    const document = workspace.file();
    const about = `round ${String(round)}: ${JSON.stringify(text)}`;
    try {
      wholeFile(workspace, document, about);
      if (round % 4 === 0) await someLines(document, next, about);
      for (let place = 0; place < PLACES; place++) {
        await onePlace(workspace, document, Math.floor(next() * (text.length + 1)), about);
      }
    } catch (error) {
      throw new Error(about, { cause: error });
    }
  }
});

function wholeFile(workspace: TestWorkspace, document: LanguageDocument, about: string): void {
  for (const { range } of document.problems) inside(document, toLsp(range), about);
  const whole = document.lines.rangeOf({ start: 0, end: document.text.length });
  for (const { range, selectionRange } of documentSymbols(document).items) {
    inside(document, range, about);
    inside(document, selectionRange, about);
  }
  for (const { startLine, endLine } of folding(document).items) {
    assert.ok(startLine < endLine && endLine < document.lines.count, about);
  }
  for (const { range } of links(document).items) inside(document, range, about);
  for (const { range } of finish(codeLenses(workspace, document, new Set(['sandboxfile.build']))).items)
    inside(document, range, about);
  inlayHints(document, whole);
  assert.ok(
    finish(semanticTokens(document)).data.every((number) => number >= 0),
    about,
  );
  for (const action of codeActions(workspace, document, whole, [])) {
    keepsYaml(document, resolveCodeAction(workspace, action), about);
  }
}

/** What could be read before a fix can be read after it. */
function keepsYaml(document: LanguageDocument, { title, edit }: CodeAction, about: string): void {
  const changes = edit?.documentChanges?.filter((change) => TextDocumentEdit.is(change)) ?? [];
  const own = changes.find(({ textDocument }) => textDocument.uri === document.uri);
  if (own === undefined) return;
  const before = TextDocument.create(document.uri, 'sandboxfile', 1, document.text);
  const after = TextDocument.applyEdits(
    before,
    own.edits.filter((edit) => TextEdit.is(edit)),
  );
  if (tree(document.text).errors > 0) return;
  assert.equal(tree(after).errors, 0, `${title}: ${JSON.stringify(after)}: ${about}`);
}

async function someLines(document: LanguageDocument, next: () => number, about: string): Promise<void> {
  const [start, end] = [next(), next()]
    .map((part) => Math.floor(part * document.text.length))
    .sort((a, b) => a - b);
  const range = document.lines.rangeOf({ start: start ?? 0, end: end ?? 0 });
  for (const edit of await rangeFormatting(document, range)) inside(document, edit.range, about);
}

async function onePlace(
  workspace: TestWorkspace,
  document: LanguageDocument,
  offset: number,
  about: string,
): Promise<void> {
  const position = document.lines.positionAt(offset);
  const { items } = await completion(workspace, document, position, NEVER);
  for (const { textEdit } of items) {
    assert.ok(textEdit !== undefined && 'range' in textEdit, about);
    inside(document, textEdit.range, about);
    assert.equal(textEdit.range.start.line, position.line, about);
    assert.equal(textEdit.range.end.line, position.line, about);
  }
  await hover(workspace, document, position, NEVER);
  definition(workspace, document, position);
  references(workspace, document, position, true);
  highlights(workspace, document, position);
  selectionRanges(document, [position]);
  for (const item of prepareCallHierarchy(workspace, document, position)) {
    incomingCalls(workspace, item);
    outgoingCalls(workspace, item);
  }
  const target = prepareRename(workspace, document, position);
  if (target === undefined) return;
  inside(document, target.range, about);
  try {
    rename(workspace, document, position, 'fresh: #name');
  } catch (error) {
    if (!(error instanceof RenameRefused)) throw error;
  }
}

/** The language counts from 1. */
function toLsp({ start, end }: Problem['range']): Range {
  const position = (line: number, column: number) => ({ line: line - 1, character: column - 1 });
  return { start: position(start.line, start.column), end: position(end.line, end.column) };
}

function inside(document: LanguageDocument, { start, end }: Range, about: string): void {
  const ordered = start.line < end.line || (start.line === end.line && start.character <= end.character);
  assert.ok(ordered && end.line < document.lines.count && start.character >= 0, about);
}

const formatted = new Documents(11, ROUNDS);
test('formatting', { timeout: formatted.timeout }, async () => {
  let changed = 0;
  for (let round = 0; round < formatted.rounds; round++) {
    const text = round % 2 === 0 ? loosen(formatted.source(round), formatted.next) : formatted.mutated(round);
    const about = `round ${String(round)}: ${JSON.stringify(text)}`;
    const replacements = await replacementsFor(text);
    const before = tree(text);
    // Broken text is not formatted at all.
    if (replacements.length === 0 || before.errors > 0) continue;
    changed++;
    const once = applyReplacements(text, replacements);
    assert.equal(applyReplacements(once, await replacementsFor(once)), once, `twice: ${about}`);
    const after = tree(once);
    assert.deepEqual(after.shown, before.shown, about);
    assert.equal(after.errors, 0, about);
    assert.deepEqual(comments(once), comments(text), about);
  }
  assert.ok(changed > formatted.rounds / 4, 'most texts have something to format');
});

/** The same text in a careless hand. */
function loosen(text: string, next: () => number): string {
  const wide = next() < 0.5 ? 2 : 1;
  return text
    .split('\n')
    .map((line) => {
      const indent = /^ */.exec(line)?.[0].length ?? 0;
      const rest = line.slice(indent).replace(/^(\w+):(?= )/, (key) => (next() < 0.2 ? `${key}  ` : key));
      const tail = next() < 0.1 && !line.includes('#') ? '  ' : '';
      return ' '.repeat(indent * wide) + rest + tail + (next() < 0.1 ? '\n\n' : '');
    })
    .join('\n');
}

/** Written apart from the code under test: values with their marks, aliases by name. */
function tree(text: string): { readonly errors: number; readonly shown: unknown } {
  const show = (node: unknown): unknown => {
    if (isAlias(node)) return `*${node.source}`;
    if (isScalar(node)) return [node.anchor, node.tag, node.type, node.value];
    if (isPair(node)) return [show(node.key), show(node.value)];
    if (isCollection(node)) return [node.anchor, node.tag, node.items.map(show)];
    return node;
  };
  const { contents, errors } = parseDocument(text, { uniqueKeys: false, schema: 'failsafe' });
  return { errors: errors.length, shown: show(contents) };
}

function comments(text: string): readonly string[] {
  return [...text.matchAll(/(?:^|[ \t])#.*/gm)].map(([comment]) => comment.trim());
}
