// l10n/bundle.l10n.json: every text that the extension's code shows, for translators.

import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import ts from 'typescript';
import { root } from '../build/paths.ts';

export const editorTextsFile = 'l10n/bundle.l10n.json';

export async function editorTexts(): Promise<string> {
  const folder = path.join(root, 'extension');
  const names = await readdir(folder, { recursive: true });
  const sources = names.filter((name) => /(?<!\.test)\.ts$/.test(name)).sort();
  const texts = new Set<string>();
  for (const name of sources) {
    const file = path.join(folder, name);
    const source = ts.createSourceFile(file, await readFile(file, 'utf8'), ts.ScriptTarget.Latest);
    collect(source, texts);
  }
  const sorted = Object.fromEntries([...texts].sort().map((text) => [text, text]));
  return `${JSON.stringify(sorted, undefined, 2)}\n`;
}

function collect(node: ts.Node, texts: Set<string>): void {
  if (ts.isCallExpression(node) && isTranslation(node.expression)) {
    const [text] = node.arguments;
    if (text !== undefined && ts.isStringLiteralLike(text)) texts.add(text.text);
  }
  ts.forEachChild(node, (child) => collect(child, texts));
}

function isTranslation(called: ts.Expression): boolean {
  if (!ts.isPropertyAccessExpression(called) || !ts.isIdentifier(called.expression)) return false;
  return called.expression.text === 'l10n' && called.name.text === 't';
}
