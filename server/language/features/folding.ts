import { FoldingRangeKind, type FoldingRange } from 'vscode-languageserver-types';
import { isBlank, lineEnd, skipBlanks } from '../cursor/line.ts';
import type { LanguageDocument } from '../document-types.ts';
import { limited, type Limited } from './limited.ts';

/** More makes editors slow and helps nobody. */
const MAX_RANGES = 5_000;

interface Open {
  readonly line: number;
  readonly indent: number;
}

/** Blocks by their indentation, so that broken text folds too, and runs of comments. */
export function folding({ text }: LanguageDocument, most = MAX_RANGES): Limited<FoldingRange> {
  const ranges: FoldingRange[] = [];
  const open: Open[] = [];
  let comment: number | undefined;
  let lastText = 0;
  let line = 0;
  const close = (indent: number): void => {
    for (let top = open.at(-1); top !== undefined && top.indent >= indent; top = open.at(-1)) {
      open.pop();
      if (lastText > top.line) ranges.push({ startLine: top.line, endLine: lastText });
    }
  };
  const closeComment = (end: number): void => {
    if (comment !== undefined && end > comment) {
      ranges.push({ startLine: comment, endLine: end, kind: FoldingRangeKind.Comment });
    }
    comment = undefined;
  };
  for (let start = 0; start <= text.length; line++) {
    const end = lineEnd(text, start);
    const at = skipBlanks(text, start, end);
    if (at < end && text[at] === '#') comment ??= line;
    else {
      closeComment(line - 1);
      if (at < end) {
        const dash = text[at] === '-' && (at + 1 >= end || isBlank(text[at + 1]));
        close(dash ? at - start + 0.5 : at - start);
        // Items may stand right below their key: they are deeper than it.
        open.push({ line, indent: dash ? at - start + 0.5 : at - start });
        lastText = line;
      }
    }
    const newline = text.indexOf('\n', start);
    if (newline < 0) break;
    start = newline + 1;
  }
  closeComment(line);
  close(0);
  return limited(
    ranges.sort((a, b) => a.startLine - b.startLine),
    Math.min(most, MAX_RANGES),
  );
}
