// The worked examples of the reference as an editor shows them.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { after, before, suite, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { EXAMPLES } from '../../server/sandboxfile/testing/examples.ts';
import type { LanguageClient } from '../support/language-client.ts';
import { startLanguageServer } from '../support/language-server.ts';

suite('examples over LSP', { timeout: 120_000 }, () => {
  let client: LanguageClient;
  before(async () => {
    client = await startLanguageServer({ folder: tmpdir() });
  });
  after(() => client[Symbol.asyncDispose]());

  for (const { id, file, expected } of EXAMPLES) {
    test(id, async () => {
      const uri = pathToFileURL(file).href;
      await client.open(uri, await readFile(file, 'utf8'));
      const found = (await client.diagnostics(uri)).map(
        ({ code, range }) => `${String(code)} ${range.start.line + 1}`,
      );
      assert.deepEqual(found.toSorted(), expected.toSorted());
    });
  }
});
