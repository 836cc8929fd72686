/** What programs of all kinds call it when something goes wrong. */
const FAILURE = /\b(error|fatal|panic|exception|traceback|failed|cannot|killed|segmentation fault)\b/i;
/** What is far from the end was not what ended it. */
const LINES = 200;

/** Of a log whose program failed: the line that probably says why, counted from 0; undefined when none does. */
export function failingLine(log: string): number | undefined {
  const lines = log.trimEnd().split('\n');
  const first = Math.max(0, lines.length - LINES);
  // A failure's first line says what it was; what follows are its details.
  let found: number | undefined;
  for (let line = lines.length - 1; line >= first; line--) {
    if (FAILURE.test(lines[line] ?? '')) found = line;
    else if (found !== undefined && !isDetail(lines[line] ?? '')) break;
  }
  return found;
}

/** Of a stack or of an explanation that belongs to the lines around it. */
function isDetail(line: string): boolean {
  return line === '' || /^\s/.test(line);
}
