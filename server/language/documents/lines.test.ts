// Lines are the protocol's lines, whatever ends them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { LineIndex } from '../../sandboxfile/index.ts';
import { DocumentLines } from './lines.ts';

test('positions and offsets are those of the protocol’s own library', () => {
  for (const text of ['', '\n', 'a', 'a\r\nb\rc\n\n\rd', 'é😀\n\u2028x\r\n', '\r\r\n\n']) {
    const lines = new DocumentLines(text, new LineIndex(text));
    const document = TextDocument.create('file:///a', 'sandboxfile', 1, text);
    assert.equal(lines.count, document.lineCount, JSON.stringify(text));
    for (let offset = -1; offset <= text.length + 1; offset++) {
      // Between CR and LF the library moves to the line's end, which is the same place.
      const inside = text[offset - 1] === '\r' && text[offset] === '\n' ? offset - 1 : offset;
      assert.deepEqual(lines.positionAt(inside), document.positionAt(offset), JSON.stringify([text, offset]));
    }
    for (let line = 0; line <= lines.count; line++) {
      for (let character = 0; character < 5; character++) {
        const position = { line, character };
        assert.equal(lines.offsetAt(position), document.offsetAt(position), JSON.stringify([text, position]));
      }
    }
  }
});
