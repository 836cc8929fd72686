// Each worked example of the reference gives exactly the problems that it says, at its lines.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseSandboxfile } from './index.ts';
import { EXAMPLES } from './testing/examples.ts';

for (const { id, file, expected } of EXAMPLES) {
  test(`example ${id}`, () => {
    const { problems } = parseSandboxfile(readFileSync(file, 'utf8'));
    const found = problems.map(({ id, range }) => `${id} ${String(range.start.line)}`);
    assert.deepEqual(found.toSorted(), expected.toSorted());
  });
}
