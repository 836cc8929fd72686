import type { Span } from '../../sandboxfile/index.ts';
import { indentOf } from './chain.ts';
import type { Segment } from './cursor.ts';
import { scanFlow } from './flow.ts';
import { isBlank, lineEnd, lineStart } from './line.ts';

/** A key or dash with everything below it, or a collection in brackets; line ends left out. */
export function extentOf(text: string, { key, span }: Segment): Span {
  if (text[span.start] === '[' || text[span.start] === '{') {
    return {
      start: span.start,
      end: scanFlow(text, span.start, text.length).end ?? lineEnd(text, span.start),
    };
  }
  const column = span.start - lineStart(text, span.start);
  let end = lineEnd(text, span.end);
  for (let newline = text.indexOf('\n', end); newline >= 0; newline = text.indexOf('\n', newline + 1)) {
    const start = newline + 1;
    const indent = indentOf(text, start);
    if (indent === undefined) continue;
    const dash = text[start + indent] === '-' && isBlank(text[start + indent + 1] ?? ' ');
    if (indent < column || (indent === column && !(dash && key !== undefined))) break;
    end = lineEnd(text, start);
  }
  return { start: span.start, end };
}
