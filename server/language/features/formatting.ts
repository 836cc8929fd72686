import type { Range, TextEdit } from 'vscode-languageserver-types';
import type { Steps } from '../../sandboxfile/index.ts';
import { lineStart } from '../cursor/line.ts';
import type { LanguageDocument } from '../document-types.ts';
import { SourceFile } from '../documents/source-file.ts';
import { Turn } from '../documents/turn.ts';
import { concreteSyntax } from './formatting/concrete.ts';
import { layoutOf } from './formatting/layout.ts';
import { lineReplacements } from './formatting/lines.ts';
import { applyReplacements, type Replacement } from './formatting/replacement.ts';
import { sameMeaning } from './formatting/same-meaning.ts';

/**
 * Two columns a level, one blank behind a colon or dash, no blanks at line ends, single blank lines.
 * Only white space changes, and only if the text then still means the same; broken text stays.
 */
export async function formatting(document: LanguageDocument): Promise<readonly TextEdit[]> {
  if (isBroken(document.problems)) return [];
  return new Turn().run(edits(document, await replacementsFor(document.text)));
}

/**
 * The same for some lines. Where new columns of these alone would change the meaning, the columns stay and
 * only blanks between signs and at line ends go.
 */
export async function rangeFormatting(
  document: LanguageDocument,
  range: Range,
): Promise<readonly TextEdit[]> {
  const { text, lines, problems } = document;
  if (isBroken(problems)) return [];
  const start = lines.offsetAt({ line: range.start.line, character: 0 });
  const end = lines.offsetAt(range.end);
  const within = (await replacementsFor(text)).filter((each) => each.start >= start && each.end <= end);
  const kept = (await keepsMeaning(text, within)) ? within : within.filter((each) => !isIndent(text, each));
  return (await keepsMeaning(text, kept)) ? new Turn().run(edits(document, kept)) : [];
}

async function keepsMeaning(text: string, replacements: readonly Replacement[]): Promise<boolean> {
  const turn = new Turn();
  const before = await concreteSyntax(text, turn);
  const changed = applyReplacements(text, replacements);
  if (!(await sameMeaning(before, await concreteSyntax(changed, turn), turn))) return false;
  // Concrete syntax forgives columns that do not fit.
  const file = new SourceFile({ uri: '', path: '', isOpen: false }, { version: 0, text: changed });
  return !isBroken((await file.snapshot()).reading.problems.sorted());
}

function isIndent(text: string, { start }: Replacement): boolean {
  return start === lineStart(text, start);
}

function isBroken(problems: LanguageDocument['problems']): boolean {
  return problems.some(({ id }) => id === 'SBX-YAML' || id === 'SBX-ROOT');
}

function* edits(
  { lines }: LanguageDocument,
  replacements: readonly Replacement[],
): Steps<readonly TextEdit[]> {
  const edits: TextEdit[] = [];
  for (const { start, end, text: newText } of replacements) {
    edits.push({ range: lines.rangeOf({ start, end }), newText });
    yield;
  }
  return edits;
}

export async function replacementsFor(text: string): Promise<readonly Replacement[]> {
  const turn = new Turn();
  const tokens = await concreteSyntax(text, turn);
  const layout = await turn.run(layoutOf(text, tokens));
  const replacements = layout === undefined ? [] : await turn.run(lineReplacements(text, layout));
  await turn.pause();
  if (replacements.length === 0) return [];
  const formatted = applyReplacements(text, replacements);
  await turn.pause();
  if (withoutBlanks(text) !== withoutBlanks(formatted)) return [];
  const after = await concreteSyntax(formatted, turn);
  return (await sameMeaning(tokens, after, turn)) ? replacements : [];
}

function withoutBlanks(text: string): string {
  return text.replace(/\s+/g, '');
}
