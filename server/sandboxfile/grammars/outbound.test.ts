import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSandboxfile } from '../index.ts';
import { outbound } from './outbound.ts';

test('what a rule is about', () => {
  const accepted: Readonly<Record<string, string>> = {
    'api.example.com': 'domain api.example.com',
    'API.Example.com.': 'domain api.example.com',
    localhost: 'domain localhost',
    '*.example.org:443': 'domain *.example.org 443-443',
    '_dmarc.x-y.test:8000-8010/TCP': 'domain _dmarc.x-y.test 8000-8010 tcp',
    '203.0.113.9': 'network 203.0.113.9/32',
    '203.0.113.0/24:53/udp': 'network 203.0.113.0/24 53-53 udp',
    '203.0.113.0/24/udp': 'network 203.0.113.0/24 udp',
    '2001:db8::443': 'network 2001:db8::443/128',
    '2001:db8::/32': 'network 2001:db8::/32',
    '[2001:db8::/32]:443': 'network 2001:db8::/32 443-443',
    '1:2:3:4:5:6:7:8/tcp': 'network 1:2:3:4:5:6:7:8/128 tcp',
    '::': 'network ::/128',
    '0.0.0.0/0': 'network 0.0.0.0/0',
  };
  for (const [text, meaning] of Object.entries(accepted)) {
    const parsed = outbound(text);
    assert.ok(parsed.ok, text);
    const { target, ports, protocol } = parsed.value;
    const words = [
      target.kind,
      target.kind === 'domain' ? target.domain : target.network,
      ...(ports === undefined ? [] : [`${ports.first}-${ports.last}`]),
      ...(protocol === undefined ? [] : [protocol]),
    ];
    assert.equal(words.join(' '), meaning, text);
  }
});

test('what is none', () => {
  const refused = `* *.* a.*.b ${'a.'.repeat(130)}b -a.test a..b http://a.test a.test/x a.test:0 a.test:70000
    a.test:9-8 1.2.3 300.1.1.1 10.0.0.0/33 10.0.0.0/ 1::2::3 [::1 ::1] 1:2:3 2001:db8::/129 a.test/sctp :80 a_$.b`;
  for (const text of ['', ' a.test', ...refused.split(/\s+/)]) {
    const parsed = outbound(text);
    assert.ok(!parsed.ok, text);
    assert.match(parsed.fault.message, /^invalid network rule: /);
  }
});

test('rules that can have no effect are said to', () => {
  const problems = (scope: string) =>
    parseSandboxfile(`sandboxes: {a: {image: x, scope: ${scope}, allow: [a.test], deny: ["*"]}}`).problems;
  assert.deepEqual(
    problems('none').map(({ id }) => id),
    ['SBX-OUTBOUND-SCOPE', 'SBX-OUTBOUND-SCOPE', 'SBX-OUTBOUND'],
  );
  assert.deepEqual(
    problems('public').map(({ id }) => id),
    ['SBX-OUTBOUND'],
  );
});
