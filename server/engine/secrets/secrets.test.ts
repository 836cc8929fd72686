import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseSandboxfile } from '../../sandboxfile/index.ts';
import { hasCode } from '../errors/index.ts';
import { GivenSecrets } from './project-secrets.ts';
import { SecretStore } from './store.ts';

async function inFolder(act: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'secrets-'));
  try {
    await act(join(folder, 'project'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

function secretsOf(folder: string, secrets: string): GivenSecrets {
  const text = `sandboxes: {a: {image: x, secrets: {${secrets}}}, b: {image: x, secrets: {KEY: b.test}}, c: {image: x, scope: none, secrets: {LOST: c.test}}}`;
  return new GivenSecrets(parseSandboxfile(text, { file: 'Sandboxfile' }).project, new SecretStore(folder));
}

const value = 'a value of the user';

test('a value is for the hosts of its moment', () =>
  inFolder(async (folder) => {
    const before = secretsOf(folder, 'KEY: "a.test:8443"');
    assert.deepEqual(await before.list(), [
      { name: 'KEY', sandboxes: ['a', 'b'], hosts: ['a.test:8443', 'b.test'], value: 'missing' },
    ]);
    await before.set('KEY', value);
    assert.equal((await before.list())[0]?.value, 'given');
    const fewer = secretsOf(folder, '');
    assert.equal((await fewer.list())[0]?.value, 'given');
    const more = secretsOf(folder, 'KEY: ["a.test:8443", evil.test]');
    assert.equal((await more.list())[0]?.value, 'other hosts');
    const { placeholder } = (await new SecretStore(folder).read()).get('KEY') ?? {};
    await more.set('KEY', value);
    assert.equal((await more.list())[0]?.value, 'given');
    assert.equal((await new SecretStore(folder).read()).get('KEY')?.placeholder, placeholder);
    assert.deepEqual([await more.remove('KEY'), await more.remove('KEY')], [true, false]);
  }));

test('only its owner can read the file', () =>
  inFolder(async (folder) => {
    const secrets = secretsOf(folder, 'KEY: a.test, OTHER: a.test');
    for (const name of ['KEY', 'OTHER']) await secrets.set(name, value);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    assert.equal((await stat(join(folder, 'values.json'))).mode & 0o777, 0o600);
  }));

test('many at once all stay', () =>
  inFolder(async (folder) => {
    const store = new SecretStore(folder);
    const names = Array.from({ length: 12 }, (_, n) => `KEY_${n}`);
    await Promise.all(names.map((name) => store.put(name, value, ['a.test'])));
    assert.deepEqual([...(await store.read()).keys()].sort(), [...names].sort());
  }));

test('what cannot be given is refused, and is in no message', () =>
  inFolder(async (folder) => {
    const secrets = secretsOf(folder, 'KEY: a.test');
    await assert.rejects(secrets.set('LOST', value), (error) => hasCode(error, 'SECRET_UNKNOWN'));
    for (const bad of ['short', 'two\nlines here', 'x'.repeat(8193), 'not ascii é']) {
      await assert.rejects(
        secrets.set('KEY', bad),
        (error) => hasCode(error, 'SECRET_VALUE') && !error.message.includes(bad),
      );
    }
    assert.equal((await secrets.list())[0]?.value, 'missing');
  }));

test('a damaged file is said to be one, without its content, and stays', () =>
  inFolder(async (folder) => {
    const secrets = secretsOf(folder, 'KEY: a.test');
    await secrets.set('KEY', value);
    const file = join(folder, 'values.json');
    for (const text of [`{"secrets": ${value}`, `{"secrets": {"KEY": "${value}"}}`, '[]']) {
      await writeFile(file, text);
      for (const act of [() => secrets.list(), () => secrets.set('KEY', value)]) {
        await assert.rejects(act(), (error) => {
          assert.ok(hasCode(error, 'SECRETS'));
          assert.equal(error.cause, undefined);
          return !error.message.includes(value);
        });
      }
      assert.equal(await readFile(file, 'utf8'), text);
    }
  }));
