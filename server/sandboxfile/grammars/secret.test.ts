import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSandboxfile } from '../index.ts';
import { formatSecretHost, secretHost } from './secret.ts';

test('where a secret may be sent', () => {
  const accepted = {
    'api.example.com': 'api.example.com',
    'API.Example.com.': 'api.example.com',
    '*.example.org': '*.example.org',
    'api.example.com:443': 'api.example.com',
    'api.example.com:8443': 'api.example.com:8443',
  };
  for (const [text, meaning] of Object.entries(accepted)) {
    const parsed = secretHost(text);
    assert.ok(parsed.ok, text);
    assert.equal(formatSecretHost(parsed.value), meaning);
  }
});

test('what is no host is not repeated: it may be the secret', () => {
  const key = 'sk-proj-0123456789';
  for (const text of [
    key,
    '',
    '*',
    '*.com',
    'localhost',
    'a.test:0',
    'a.test:70000',
    'https://a.test',
    '10.0.0.1',
  ]) {
    const parsed = secretHost(text);
    assert.ok(!parsed.ok, text);
    assert.match(parsed.fault.message, /msb secret set/);
    assert.ok(text === '' || !parsed.fault.message.includes(key));
  }
});

function problemsOf(sandbox: string): readonly string[] {
  const { problems } = parseSandboxfile(`sandboxes: {a: {image: x, ${sandbox}}}`);
  return problems.map(({ id, severity }) => `${severity} ${id}`);
}

test('problems of secrets', () => {
  const hosts = Array.from({ length: 65 }, (_, n) => `h${n}.test`).join(', ');
  const expected: Readonly<Record<string, readonly string[]>> = {
    'secrets: {TOKEN: a.test, KEY: [a.test, "*.b.test:8443"]}': [],
    'secrets: {}': [],
    'secrets: {TOKEN: sk-0123456789}': ['error SBX-SECRET'],
    'secrets: {TOKEN: [sk-0123456789, a.test]}': ['error SBX-SECRET'],
    'secrets: {TOKEN: {value: abc}}': ['error SBX-TYPE'],
    'secrets: [a.test]': ['error SBX-TYPE'],
    'secrets: {"A B": a.test}': ['error SBX-SECRET'],
    'secrets: {TOKEN: []}': ['error SBX-SECRET'],
    [`secrets: {TOKEN: [${hosts}]}`]: ['error SBX-SECRET'],
    'scope: none, secrets: {TOKEN: a.test}': ['warning SBX-SECRET-SCOPE'],
    'scope: group, secrets: {TOKEN: a.test}': ['warning SBX-SECRET-SCOPE'],
    'envs: ["TOKEN=x"], secrets: {TOKEN: a.test}': ['warning SBX-ENV-DUP'],
  };
  for (const [text, ids] of Object.entries(expected)) {
    assert.deepEqual(
      problemsOf(text).filter((line) => !line.startsWith('hint')),
      ids,
      text,
    );
  }
});
