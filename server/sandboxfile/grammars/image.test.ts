import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { image, normalImage } from './image.ts';

const HUB = 'hub.example';
const SHA = `sha256:${'0123456789abcdef'.repeat(4)}`;

const NORMAL: Readonly<Record<string, string>> = {
  alpine: `${HUB}/library/alpine:latest`,
  'alpine:3.20': `${HUB}/library/alpine:3.20`,
  'team/python': `${HUB}/team/python:latest`,
  'registry.example.com/app:v1': 'registry.example.com/app:v1',
  'registry.example.com:5000/app': 'registry.example.com:5000/app:latest',
  'localhost:5000/app': 'localhost:5000/app:latest',
  'localhost/app': 'localhost/app:latest',
  'example.com:5000': `${HUB}/library/example.com:5000`,
  [`app@${SHA}`]: `${HUB}/library/app@${SHA}`,
  [`app:v1@${SHA}`]: `${HUB}/library/app:v1@${SHA}`,
  'a__b/c-d.e': `${HUB}/a__b/c-d.e:latest`,
  'builtin:busybox': 'builtin:busybox',
};

suite('normal forms', () => {
  for (const [text, normal] of Object.entries(NORMAL)) {
    test(text.slice(0, 40), () => {
      const parsed = image(text);
      assert.ok(parsed.ok);
      assert.equal(normalImage(parsed.value, HUB), normal);
      const again = image(normal);
      assert.ok(again.ok);
      assert.equal(normalImage(again.value, HUB), normal, 'a normal form is its own');
    });
  }
});

test('what starts with a dot or a slash is a path', () => {
  for (const text of ['.', './fs', '../fs', '.hidden', '/srv/root', './a.tar#v1']) {
    assert.deepEqual(image(text), { ok: true, value: { kind: 'path', text } });
  }
  for (const text of ['alpine', 'fs/root']) {
    const parsed = image(text);
    assert.ok(parsed.ok && parsed.value.kind === 'reference', text);
  }
});

const FAULTS: Readonly<Record<string, string>> = {
  '': 'repository name must have at least one component',
  'MyOrg/App:latest': 'invalid reference format',
  'invalid!reference:format': 'invalid reference format',
  'alpine:': 'invalid reference format',
  'a//b': 'invalid reference format',
  'a b': 'invalid reference format',
  'a...b': 'invalid reference format',
  'bad_domain.com:x/y': 'invalid reference format',
  [`a:${'x'.repeat(129)}`]: 'invalid reference format',
  'app@': 'invalid checksum digest format',
  'app@sha256': 'invalid checksum digest format',
  'app@sha256:xyz': 'invalid checksum digest format',
  'app@sha256:abcd': 'invalid checksum digest length',
  'app@md5:abcd': 'unsupported digest algorithm',
  ['a'.repeat(256)]: 'repository name must not be more than 255 characters',
};

suite('faults', () => {
  for (const [text, reason] of Object.entries(FAULTS)) {
    test(`'${text.slice(0, 40)}'`, () => {
      const message = `failed to parse OCI reference: ${reason}`;
      assert.deepEqual(image(text), { ok: false, fault: { id: 'SBX-IMAGE', message } });
    });
  }
});

test('an unknown built-in image is named', () => {
  const parsed = image('builtin:bosybux');
  assert.ok(!parsed.ok && parsed.fault.message.includes("'bosybux'"));
});
