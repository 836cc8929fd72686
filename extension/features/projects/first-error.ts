/** Of a Sandboxfile that cannot be used: what is wrong first. Line and column are counted from 1. */
export interface FirstError {
  /** As the project calls it: a module may be what is wrong. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

/** The engine names each problem as `file:line:column: error CODE: text`. */
export function firstErrorIn(message: string): FirstError | undefined {
  const found = /^(.+?):(\d+):(\d+): error (?:[A-Z][A-Z-]*: )?(.*)$/m.exec(message);
  if (found === null) return undefined;
  const [, file = '', line, column, text = ''] = found;
  return { file, line: Number(line), column: Number(column), text };
}
