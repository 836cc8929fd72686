// The TextMate grammar on the engine that editors use, with a shell grammar that only knows quotes.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { before, suite, test } from 'node:test';
import oniguruma from 'vscode-oniguruma';
import textmate from 'vscode-textmate';
import type { IGrammar } from 'vscode-textmate';
import { EXAMPLES } from '../../server/sandboxfile/testing/examples.ts';
import { repository } from '../support/msb.ts';

const shell = JSON.stringify({
  scopeName: 'source.shell',
  patterns: [
    { begin: '"', end: '"', name: 'string.quoted.double.shell' },
    { match: '\\S+', name: 'word.shell' },
  ],
});

suite('grammar', () => {
  let grammar: IGrammar;
  before(async () => {
    const wasm = createRequire(import.meta.url).resolve('vscode-oniguruma/release/onig.wasm');
    await oniguruma.loadWASM(await readFile(wasm));
    const file = path.join(repository, 'syntaxes/sandboxfile.tmLanguage.json');
    const registry = new textmate.Registry({
      onigLib: Promise.resolve({
        createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
        createOnigString: (text) => new oniguruma.OnigString(text),
      }),
      loadGrammar: async (scope) =>
        scope === 'source.shell'
          ? textmate.parseRawGrammar(shell, 'shell.json')
          : textmate.parseRawGrammar(await readFile(file, 'utf8'), file),
    });
    const loaded = await registry.loadGrammar('source.sandboxfile');
    assert.ok(loaded);
    grammar = loaded;
  });

  /** `<text> <innermost scopes>` of each token that is not blank, a line each. */
  const tokensOf = (text: string): readonly string[] => {
    let state = textmate.INITIAL;
    return text.split('\n').flatMap((line) => {
      const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
      state = ruleStack;
      return tokens.flatMap(({ startIndex, endIndex, scopes }) => {
        const word = line.slice(startIndex, endIndex).trim();
        const names = scopes.slice(1).map((scope) => scope.replace(/\.sandboxfile$/, ''));
        return word === '' ? [] : [`${word} ${names.join(' ')}`.trim()];
      });
    });
  };
  const colon = ': punctuation.separator.key-value';

  test('sections, names, keys and values', () => {
    assert.deepEqual(
      tokensOf('sandboxes:\n  api: # why\n    image: alpine:3.20\n    cpus: 2\n    shell: "a\\n"'),
      [
        'sandboxes keyword.other.section',
        colon,
        'api entity.name.tag',
        colon,
        '# comment.line.number-sign punctuation.definition.comment',
        'why comment.line.number-sign',
        'image entity.name.tag',
        colon,
        'alpine:3.20 string.unquoted.plain',
        'cpus entity.name.tag',
        colon,
        '2 constant.numeric',
        'shell entity.name.tag',
        colon,
        '" string.quoted.double',
        'a string.quoted.double',
        '\\n string.quoted.double constant.character.escape',
        '" string.quoted.double',
      ],
    );
  });

  test('flow style', () => {
    const tokens = tokensOf('a: {b: [x, "y"], c: *d}');
    for (const wanted of ['a entity.name.tag', 'b entity.name.tag', 'c entity.name.tag']) {
      assert.ok(tokens.includes(wanted), wanted);
    }
    assert.ok(tokens.includes('x string.unquoted.plain'));
    assert.ok(tokens.includes('*d variable.other.alias'));
  });

  test('shell in scripts, of one line and of several', () => {
    const text = `sandboxes:
  a:
    scripts:
      start: echo hi
      test: |
        echo "open
        key: value

        more
      quoted: "echo"
    scope: none
  b:
    image: x`;
    const tokens = tokensOf(text);
    assert.ok(tokens.includes('start entity.name.function.script'));
    assert.ok(tokens.includes('echo meta.embedded.line.shellscript word.shell'));
    assert.ok(tokens.includes('key: value meta.embedded.block.shellscript string.quoted.double.shell'));
    // The open quote ends with the script.
    assert.ok(tokens.includes('quoted entity.name.function.script'));
    assert.ok(tokens.includes('scope entity.name.tag'));
    assert.ok(tokens.includes('b entity.name.tag'));
  });

  test('shell in steps, as a list and as a map', () => {
    const list = tokensOf(
      'builds:\n  a:\n    steps:\n    - pip install\n    - |\n      make all\n    image: x',
    );
    assert.ok(list.includes('pip meta.embedded.line.shellscript word.shell'));
    assert.ok(list.includes('make meta.embedded.block.shellscript word.shell'));
    assert.ok(list.includes('image entity.name.tag'));
    const map = tokensOf('builds:\n  a:\n    steps:\n      start: |\n        pip freeze\n    image: x');
    assert.ok(map.includes('pip meta.embedded.block.shellscript word.shell'));
    assert.ok(map.includes('image entity.name.tag'));
  });

  test('text that looks like other things', () => {
    const tokens = tokensOf('meta:\n  description: |\n    # no comment\n    scripts:\n  readme: a#b');
    assert.ok(tokens.includes('# no comment string.unquoted.block'));
    assert.ok(tokens.includes('readme entity.name.tag'));
    assert.ok(tokens.includes('a#b string.unquoted.plain'));
  });

  test('the worked examples leave nothing open', async () => {
    for (const { id, file } of EXAMPLES.filter(({ id }) => id.startsWith('V'))) {
      const tokens = tokensOf(`${await readFile(file, 'utf8')}\nsandboxes:`);
      assert.deepEqual(tokens.slice(-2), ['sandboxes keyword.other.section', colon], id);
    }
  });
});
