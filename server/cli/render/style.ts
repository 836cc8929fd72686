// What a stream can show.

export interface Style {
  /** A terminal that can rewrite its lines. */
  readonly live: boolean;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  dim(text: string): string;
  /** In a colour by its number for terminals. */
  paint(code: number, text: string): string;
}

interface Stream {
  readonly isTTY?: boolean;
}

export function styleOf(stream: Stream, environment: NodeJS.ProcessEnv): Style {
  const live = stream.isTTY === true && environment['TERM'] !== 'dumb';
  const coloured = live && !environment['NO_COLOR'];
  const colour = (code: number, text: string) => (coloured ? `\x1b[${String(code)}m${text}\x1b[0m` : text);
  const paint = (code: number) => (text: string) => colour(code, text);
  return { live, red: paint(31), green: paint(32), yellow: paint(33), dim: paint(2), paint: colour };
}

/**
 * Text that came from a guest, a file or a path, made safe for a terminal: control characters,
 * which could rewrite the screen, become visible. Newlines and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
