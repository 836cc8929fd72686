import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authorityOf } from './address.ts';

test('an authority is lower case, short and starts with the readable part of the name', () => {
  assert.match(authorityOf('/p/Sandboxfile', 'Web App'), /^web-app-[0-9a-f]{12}$/);
  assert.match(authorityOf('/p/Sandboxfile', '🐳'), /^[0-9a-f]{12}$/);
  assert.ok(authorityOf('/p/Sandboxfile', 'x'.repeat(200)).length <= 45);
});

test('names that read the same and other files have other authorities', () => {
  assert.notEqual(authorityOf('/p/Sandboxfile', 'a b'), authorityOf('/p/Sandboxfile', 'a-b'));
  assert.notEqual(authorityOf('/p/Sandboxfile', 'a'), authorityOf('/q/Sandboxfile', 'a'));
});
