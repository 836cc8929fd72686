import type { TextEdit } from 'vscode-languageserver-types';
import type { LanguageDocument } from '../document-types.ts';
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
export async function formatting({ text, lines, problems }: LanguageDocument): Promise<readonly TextEdit[]> {
  if (problems.some(({ id }) => id === 'SBX-YAML' || id === 'SBX-ROOT')) return [];
  const replacements = await replacementsFor(text);
  return replacements.map(({ start, end, text: newText }) => ({
    range: lines.rangeOf({ start, end }),
    newText,
  }));
}

export async function replacementsFor(text: string): Promise<readonly Replacement[]> {
  const turn = new Turn();
  const tokens = await concreteSyntax(text, turn);
  const layout = layoutOf(text, tokens);
  await turn.pause();
  const replacements = layout === undefined ? [] : lineReplacements(text, layout);
  await turn.pause();
  if (replacements.length === 0) return [];
  const formatted = applyReplacements(text, replacements);
  if (withoutBlanks(text) !== withoutBlanks(formatted)) return [];
  const after = await concreteSyntax(formatted, turn);
  return (await sameMeaning(tokens, after, turn)) ? replacements : [];
}

function withoutBlanks(text: string): string {
  return text.replace(/\s+/g, '');
}
