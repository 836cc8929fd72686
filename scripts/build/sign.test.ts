import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { sign } from './sign.ts';

test('the helper alone may use the hypervisor, signed by who is named', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'sign-'));
  const usual = process.env['PATH'] ?? '';
  t.after(() => {
    process.env['PATH'] = usual;
    return rm(folder, { recursive: true });
  });
  // Stands in for the one of macOS: it writes down what it is told, and fails for nobody's certificate.
  const stub = `#!/bin/sh\nprintf '%s\\n' "$@" > '${folder}/told'\ncase $* in *Nobody*) exit 1;; esac\n`;
  await writeFile(path.join(folder, 'codesign'), stub, { mode: 0o755 });
  process.env['PATH'] = `${folder}${path.delimiter}${usual}`;
  const helper = path.join(folder, 'menv-krun');
  await writeFile(helper, '', { mode: 0o444 });

  await sign(helper);
  const told = (await readFile(path.join(folder, 'told'), 'utf8')).trim().split('\n');
  const after = (option: string): string => told[told.indexOf(option) + 1] ?? '';
  assert.equal(told.at(-1), helper);
  assert.deepEqual([after('--sign'), after('--options')], ['-', 'runtime']);
  assert.match(
    await readFile(after('--entitlements'), 'utf8'),
    /<key>com\.apple\.security\.hypervisor<\/key>\s*<true\/>/,
  );
  assert.equal((await stat(helper)).mode & 0o777, 0o755);
  await sign(helper, 'Developer ID');
  assert.match(await readFile(path.join(folder, 'told'), 'utf8'), /^Developer ID$/m);
  await assert.rejects(sign(helper, 'Nobody'), /codesign .*ended with 1/);
});
