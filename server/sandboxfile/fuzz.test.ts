// Seeded mutations of the worked examples and documents made from the schema: reading never throws, and
// every position is in the text.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addComponents, parseSandboxfile, removeComponents } from './index.ts';
import { Documents } from './testing/documents.ts';

const documents = new Documents(1, 3000);

test('mutated and generated documents', { timeout: documents.timeout }, () => {
  for (let round = 0; round < documents.rounds; round++) {
    const text = documents.mutated(round);
    const about = `round ${String(round)}: ${JSON.stringify(text)}`;
    const { problems, project } = parseSandboxfile(text);
    for (const { range, message } of problems) {
      assert.ok(message.length > 0 && message.length < 1000, about);
      assert.ok(range.start.offset >= 0 && range.end.offset <= text.length, about);
      assert.ok(range.start.offset <= range.end.offset && range.start.line <= range.end.line, about);
      assert.ok(range.start.line >= 1 && range.start.column >= 1, about);
    }
    if (round % 10 === 0) checkEdits(text, [...project.sandboxes.keys()], about);
  }
});

/** An accepted edit does what it says: what was there is there, and taking the new one away undoes it. */
function checkEdits(text: string, before: readonly string[], about: string): void {
  const added = addComponents(text, 'sandboxes', ['fresh'], { image: 'alpine', envs: ['A=b: c'] });
  if (!added.ok) return;
  const { project } = parseSandboxfile(added.text);
  assert.deepEqual([...project.sandboxes.keys()], [...before, 'fresh'], about);
  assert.equal(project.sandboxes.get('fresh')?.envs[0]?.value, 'b: c', about);
  const removed = removeComponents(added.text, 'sandboxes', ['fresh']);
  if (removed.ok)
    assert.deepEqual([...parseSandboxfile(removed.text).project.sandboxes.keys()], before, about);
}
