// `msb check` says what the reference says of its worked examples, and what the editor says.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { EXAMPLES } from '../../server/sandboxfile/testing/examples.ts';
import { msb } from '../support/msb.ts';

/** What the examples expect on the host. */
const FOLDERS = ['src', 'fixtures/rootfs', 'zones', 'one', 'two', 'infra'];
const FILES: Readonly<Record<string, string>> = {
  'web.env': 'A=b\n',
  'requirements.txt': '',
  'infra/database.yaml': 'sandboxes:\n  postgres:\n    image: postgres:16\n',
  'infra/redis.yaml': 'sandboxes:\n  redis:\n    image: redis:7\n',
};
/** A line that is no remark about an absolute path of one example, which is nobody's to make. */
const isStated = (line: string): boolean => !/SBX-VOLUME-HOST: .*\/(?:var\/cache\/demo|data)$/.test(line);

suite('msb check', { timeout: 120_000 }, () => {
  let folder: string;
  const check = (...args: string[]) => msb(['check', ...args], { cwd: folder });
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'check-'));
    for (const name of FOLDERS) await mkdir(path.join(folder, name), { recursive: true });
    for (const [name, text] of Object.entries(FILES)) await writeFile(path.join(folder, name), text);
  });
  after(() => rm(folder, { recursive: true }));

  for (const { id, file, expected } of EXAMPLES) {
    test(id, async () => {
      await writeFile(path.join(folder, id), await readFile(file));
      const { code, stdout, stderr } = await check('-f', id);
      const lines = stdout.split('\n').filter((line) => line !== '');
      const found = lines.filter(isStated).map((line) => {
        const [, where, what] = /^[^:]+:(\d+):\d+: (?:error|warning|hint) ([A-Z-]+): ./.exec(line) ?? [];
        return `${what ?? line} ${where ?? ''}`;
      });
      assert.deepEqual(found.toSorted(), expected.toSorted());
      assert.equal(stderr, '');
      assert.equal(code, lines.some((line) => line.includes(': error ')) ? 1 : 0);
    });
  }

  test('warnings fail when they shall', async () => {
    assert.equal((await check('-f', 'V9')).code, 0);
    assert.equal((await check('-f', 'V9', '--strict')).code, 1);
    assert.equal((await check('-f', 'V1', '--strict')).code, 0);
  });

  test('JSON has the same problems, with their places', async () => {
    const { code, stdout } = await check('-f', 'I12', '--json');
    assert.equal(code, 1);
    assert.deepEqual(JSON.parse(stdout), [
      {
        file: 'I12',
        line: 4,
        column: 3,
        endLine: 4,
        endColumn: 4,
        severity: 'error',
        id: 'SBX-DUP-KEY',
        message: "duplicate entry 'a'",
        related: [
          { file: 'I12', line: 2, column: 3, endLine: 2, endColumn: 4, message: 'first defined here' },
        ],
      },
    ]);
    assert.deepEqual(JSON.parse((await check('-f', 'V1', '--json')).stdout), []);
  });

  test('there is no such file', async () => {
    const { code, stderr } = await check('-f', 'absent/Sandboxfile');
    assert.equal(code, 1);
    assert.match(stderr, /config file not found at: /);
  });
});
