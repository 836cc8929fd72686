/** User text as code in Markdown, whatever it holds. */
export function code(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** User text as words in Markdown: nothing in it becomes a link, an image or HTML. */
export function plain(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!<>|~&]/g, (sign) => `\\${sign}`).replace(/\s+/g, ' ');
}

/** Our own Markdown without its marks, for editors that show text as it is. */
export function plainText(markdown: string): string {
  return markdown.replace(MARKS, (mark: string, _fence: string, code: string, escaped: string) => {
    if (mark.startsWith('`')) return code.trim();
    return mark.startsWith('\\') ? escaped : '';
  });
}

/** Code, escapes, and bold. */
const MARKS = /(`+)([^]*?)\1(?!`)|\\(.)|\*\*/g;
