import { lineEnd, lineStart, skipBlanks } from '../../cursor/line.ts';
import { STEP } from '../completion/site.ts';
import { scalar } from '../scalar.ts';
import { commonImage } from './common-image.ts';
import { problemSpan, word, written, type Change, type Fixer } from './fix.ts';

/** The missing key with a value that works. */
export const addRequired: Fixer = ({ document }, problem) => {
  const key = word(problem, 'key');
  if (key === undefined) return [];
  const { text } = document;
  const { start, end } = problemSpan(problem);
  const value = scalar(commonImage(document.project), true);
  const title = `Add '${key}: ${value}'`;
  const change =
    written(document, { start, end }) === key
      ? behindKey(text, end, value)
      : intoMap(text, start, end, `${key}: ${value}`);
  return change === undefined ? [] : [{ title, preferred: true, changes: [change] }];
};

/** The key is there, its value is not or is null. */
function behindKey(text: string, end: number, value: string): Change | undefined {
  const rest = /^[ \t]*:[ \t]*(?:""|''|~|null)?(?=\s|[,}]|$)/.exec(text.slice(end, lineEnd(text, end)))?.[0];
  return rest === undefined ? undefined : { start: end, end: end + rest.length, text: `: ${value}` };
}

/** As the first entry below the component's name. */
function intoMap(text: string, start: number, end: number, entry: string): Change | undefined {
  const colon = text.indexOf(':', end);
  const line = lineEnd(text, end);
  if (colon < 0 || colon > line) return undefined;
  const value = skipBlanks(text, colon + 1, line);
  if (text[value] === '{') {
    const isEmpty = /^\{\s*\}/.test(text.slice(value));
    return { start: value + 1, end: value + 1, text: isEmpty ? entry : `${entry}, ` };
  }
  const isNull = /^(?:~|null)?[ \t]*(?:#.*)?$/.exec(text.slice(value, line));
  const isAnchor = /^[&!]\S+[ \t]*(?:#.*)?$/.test(text.slice(value, line));
  if (isNull === null && !isAnchor) return undefined;
  const indent = start - lineStart(text, start);
  const below = /\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*( +)[^\s#]/y;
  below.lastIndex = text.indexOf('\n', line);
  const found = below.lastIndex < 0 ? undefined : below.exec(text)?.[1]?.length;
  const column = found !== undefined && found > indent ? found : indent + STEP;
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  // A null that is written out goes, the comment behind it stays.
  const behind =
    isNull === null ? value : value + (/^(?:~|null)[ \t]*/.exec(text.slice(value, line))?.[0].length ?? 0);
  return { start: value, end: line, text: `${text.slice(behind, line)}${eol}${' '.repeat(column)}${entry}` };
}
