import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assetsIn } from './assets.ts';
import { vmmOf, vmmSpec } from './vmm.ts';

const assets = assetsIn('/assets');
const none = { MENV_VMM: '' };

for (const [now, file, usually, backEnd] of [
  ['libkrun', 'qemu', 'qemu', 'LIBKRUN'],
  ['auto', 'qemu', 'qemu', 'AUTO'],
  ['', 'qemu', 'libkrun', 'QEMU'],
  ['', 'auto', 'qemu', 'AUTO'],
  ['', undefined, 'libkrun', 'LIBKRUN'],
  ['', undefined, '', 'AUTO'],
] as const) {
  test(`said '${now}', file '${file ?? ''}', settings '${usually}': ${backEnd}`, () => {
    const byOption = vmmSpec(vmmOf({ now, usually }, none), file, assets);
    assert.equal(byOption.backEnd, `BACK_END_${backEnd}`);
    const byEnvironment = vmmOf({}, { MENV_VMM: now, MENV_DEFAULT_VMM: usually });
    assert.deepEqual(vmmSpec(byEnvironment, file, assets), byOption);
  });
}

test('a QEMU of the user is the one, whoever asks for QEMU', () => {
  const usual = vmmOf({ usually: '/opt/qemu' }, none);
  assert.equal(vmmSpec(usual, undefined, assets).backEnd, 'BACK_END_QEMU');
  assert.equal(vmmSpec(usual, 'qemu', assets).program, '/opt/qemu');
  assert.equal(
    vmmSpec(vmmOf({ now: 'qemu', usually: '/opt/qemu' }, none), 'auto', assets).program,
    '/opt/qemu',
  );
  assert.equal(
    vmmSpec(vmmOf({ now: '/my/qemu', usually: '/opt/qemu' }, none), 'auto', assets).program,
    '/my/qemu',
  );
  assert.notEqual(vmmSpec(vmmOf({ now: 'qemu' }, none), undefined, assets).program, '/opt/qemu');
});
