import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundledFiles, bundles, loadedWith } from '../../scripts/build/bundle.ts';

const door = 'server/engine/index.ts';

test('what speaks to a running sandbox is not loaded before one is started', async () => {
  for (const name of ['msb', 'terminal']) {
    const bundle = bundles.find((each) => each.name === name);
    assert.ok(bundle !== undefined);
    const loaded = await loadedWith(bundle, door);
    assert.ok(loaded.has('server/engine/lifecycle/launch.ts'), 'the walk sees what a start needs');
    const wire = [...loaded].filter((file) => /@connectrpc|@bufbuild|_pb\.js$/.test(file));
    assert.deepEqual(wire, []);
  }
});

test('the headers of calls do not bring all of fetch', async () => {
  const bundle = bundles.find(({ name }) => name === 'msb');
  assert.ok(bundle !== undefined);
  assert.ok((await bundledFiles(bundle)).includes('server/headers.ts'));
});
