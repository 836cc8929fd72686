import type { TextEdit } from 'vscode-languageserver-types';
import type { LanguageDocument } from '../document-types.ts';
import { applyReplacements, type Replacement } from './formatting/replacement.ts';
import { layoutOf } from './formatting/layout.ts';
import { lineReplacements } from './formatting/lines.ts';
import { sameMeaning } from './formatting/same-meaning.ts';

/**
 * Two columns a level, one blank behind a colon or dash, no blanks at line ends, single blank lines.
 * Only white space changes, and only if the text then still means the same; broken text stays.
 */
export function formatting({ text, lines, problems }: LanguageDocument): readonly TextEdit[] {
  if (problems.some(({ id }) => id === 'SBX-YAML' || id === 'SBX-ROOT')) return [];
  return replacementsFor(text).map(({ start, end, text: newText }) => ({
    range: lines.rangeOf({ start, end }),
    newText,
  }));
}

export function replacementsFor(text: string): readonly Replacement[] {
  const layout = layoutOf(text);
  if (layout === undefined) return [];
  const replacements = lineReplacements(text, layout);
  if (replacements.length === 0) return [];
  const formatted = applyReplacements(text, replacements);
  return sameMeaning(text, formatted) ? replacements : [];
}
