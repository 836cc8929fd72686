// What users of the editor read is in their language: no text that a person sees is a literal in the code.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import { root, trackedFiles } from './files.ts';

/** Properties that the editor shows, of its items, dialogs, lists and progress. */
const SHOWN = new Set([
  ...['title', 'prompt', 'placeHolder', 'label', 'description', 'detail', 'tooltip', 'message', 'text'],
  ...['textContent', 'invocationMessage', 'name'],
]);
const SHOWING =
  /^(show(Information|Warning|Error)Message|setStatusBarMessage|withProgress|createWebviewPanel)$/;
/** Two letters in a row that are no placeholder or icon. */
const WORDS = /\p{L}{2}/u;

test('texts of the extension are localised', async () => {
  const files = (await trackedFiles()).filter((file) => /^extension\/.*(?<!\.test)\.ts$/.test(file));
  // Its names are the manifest's.
  const checked = files.filter((file) => file !== 'extension/contributions.ts');
  const found = await Promise.all(
    checked.map(async (file) => literalsIn(file, await readFile(join(root, file), 'utf8'))),
  );
  assert.deepEqual(found.flat(), []);
});

test('a literal that is shown is found, what is made by a call is not', () => {
  const sample = `
    window.showErrorMessage('It broke', again);
    const item = { title: isNew ? 'New one' : l10n.t('Old one'), icon: 'play' };
    item.text = \`$(sync~spin) \${name} waits\`;
    item.label = \`$(sync~spin) \${name}\`;
    describe({ prompt: l10n.t('Name'), detail: '' });
    notify('info', 'It is done');
    notify('error', l10n.t('It broke'));
  `;
  assert.deepEqual(literalsIn('sample.ts', sample), [
    "sample.ts:2: 'It broke'",
    "sample.ts:3: 'New one'",
    'sample.ts:4: `$(sync~spin) ${name} waits`',
    "sample.ts:7: 'It is done'",
  ]);
});

test('texts of the manifest are localised, and none is left over', async () => {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Json;
  const texts = JSON.parse(await readFile(join(root, 'package.nls.json'), 'utf8')) as Json;
  const used = new Set<string>();
  const literal: string[] = [];
  const look = (value: unknown, key: string, path: string): void => {
    if (typeof value === 'string') {
      const name = /^%(.+)%$/.exec(value)?.[1];
      if (name !== undefined) used.add(name);
      else if (MANIFEST_TEXTS.has(key) && !isForOthers(path)) literal.push(`${path}: ${value}`);
    } else if (typeof value === 'object' && value !== null) {
      for (const [each, inner] of Object.entries(value)) look(inner, each, `${path}.${each}`);
    }
  };
  look(manifest, '', '');
  assert.deepEqual(literal, []);
  assert.deepEqual([...used].sort(), Object.keys(texts).sort());
});

type Json = Readonly<Record<string, unknown>>;

const MANIFEST_TEXTS = new Set([
  'displayName',
  'description',
  'title',
  'category',
  'contents',
  'markdownDescription',
]);

/** What a language model reads is English. */
function isForOthers(path: string): boolean {
  return path.includes('.inputSchema.');
}

function literalsIn(file: string, text: string): readonly string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const look = (node: ts.Node): void => {
    for (const literal of shownTexts(node)) {
      const { line } = source.getLineAndCharacterOfPosition(literal.getStart());
      found.push(`${file}:${line + 1}: ${literal.getText()}`);
    }
    ts.forEachChild(node, look);
  };
  look(source);
  return found;
}

/** Literals of this node that a person would see. */
function shownTexts(node: ts.Node): readonly ts.Node[] {
  if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) && SHOWN.has(node.name.text)) {
    return textsIn(node.initializer);
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
    const { left, right } = node;
    return ts.isPropertyAccessExpression(left) && SHOWN.has(left.name.text) ? textsIn(right) : [];
  }
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'notify') {
    // Behind how urgent it is.
    return node.arguments.slice(1).flatMap(textsIn);
  }
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    return SHOWING.test(node.expression.name.text) ? node.arguments.flatMap(textsIn) : [];
  }
  return [];
}

/** What is made of a value by a call is that call's business. */
function textsIn(value: ts.Expression): readonly ts.Node[] {
  if (ts.isConditionalExpression(value)) return [value.whenTrue, value.whenFalse].flatMap(textsIn);
  if (ts.isBinaryExpression(value)) return [value.left, value.right].flatMap(textsIn);
  if (ts.isParenthesizedExpression(value)) return textsIn(value.expression);
  if (ts.isStringLiteralLike(value)) return WORDS.test(value.text) ? [value] : [];
  if (!ts.isTemplateExpression(value)) return [];
  const parts = [value.head.text, ...value.templateSpans.map(({ literal }) => literal.text)];
  return parts.some((part) => WORDS.test(part.replaceAll(/\$\([a-z~-]+\)/g, ''))) ? [value] : [];
}
