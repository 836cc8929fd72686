import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { cpus } from './cpus.ts';
import { backEnd } from './vmm.ts';
import { parseEnvFile } from './env-file.ts';
import { env, formatEnv } from './env.ts';
import type { Grammar } from './grammar.ts';
import { foldGuestPath } from './guest-path.ts';
import { resolveHostPath } from './host-path.ts';
import { subnet, subnetContains } from './ipv4.ts';
import { memory } from './memory.ts';
import { componentName, rpcNameFault, scriptName } from './name.ts';
import { formatPort, port } from './port.ts';
import { scope } from './scope.ts';
import { segmentFault } from './segment.ts';
import { semver } from './semver.ts';
import { formatVolume, volume } from './volume.ts';

/** Accepted texts with their meaning, and refused ones with the problem. */
function table<T>(
  name: string,
  grammar: Grammar<T>,
  show: (value: T) => unknown,
  accepted: Readonly<Record<string, unknown>>,
  refused: Readonly<Record<string, string>>,
): void {
  suite(name, () => {
    for (const [text, meaning] of Object.entries(accepted)) {
      test(`'${text}'`, () => {
        const parsed = grammar(text);
        assert.ok(parsed.ok, `refused: ${JSON.stringify(parsed)}`);
        assert.deepEqual(show(parsed.value), meaning);
      });
    }
    for (const [text, fault] of Object.entries(refused)) {
      test(`not '${text}'`, () => {
        const parsed = grammar(text);
        assert.ok(!parsed.ok);
        assert.ok(`${parsed.fault.id} ${parsed.fault.message}`.includes(fault), parsed.fault.message);
      });
    }
  });
}

const same = <T>(value: T): T => value;

table(
  'volumes',
  volume,
  formatVolume,
  {
    '/d': '/d:/d',
    '/d:/d': '/d:/d',
    './src:/app/./x/../y/': './src:/app/y',
    './a:/b:ro': './a:/b:ro',
    './a:/b:rw': './a:/b',
    'C:\\dir:/guest': 'C:\\dir:/guest',
    'C:/dir:/guest:ro': 'C:/dir:/guest:ro',
    '/a://b//c/': '/a:/b/c',
    '/a:/': '/a:/',
  },
  {
    '': 'SBX-VOLUME invalid path pair: ',
    ':/b': 'SBX-VOLUME invalid path pair: :/b',
    '/a:': 'SBX-VOLUME invalid',
    '/a:/b:c': 'SBX-VOLUME invalid path pair: /a:/b:c',
    '/a:/b:': 'SBX-VOLUME invalid',
    'a:b:c': 'SBX-VOLUME invalid',
    src: 'SBX-VOLUME-GUEST Path must be absolute',
    './src:app': 'SBX-VOLUME-GUEST Path must be absolute',
    '/x:/a/../..': 'SBX-VOLUME-GUEST cannot traverse above root directory',
  },
);

table(
  'ports',
  port,
  formatPort,
  {
    '80': '80:80',
    '80:80': '80:80',
    '1:65535': '1:65535',
    '80/udp': '80:80/udp',
    '80:81/TCP': '80:81',
    '5353:53/UDP': '5353:53/udp',
  },
  Object.fromEntries(
    [
      '',
      '0',
      '65536',
      ':80',
      '80:',
      'a:1',
      '1:2:3',
      '80 : 80',
      '80: 80',
      '80/icmp',
      '127.0.0.1:80:80',
      '1-2:1-2',
      '-1',
      '99999999999999',
    ].map((text) => [text, `SBX-PORT invalid port pair: ${text}`]),
  ),
);

table(
  'envs',
  env,
  formatEnv,
  { 'A=': 'A=', 'A=b=c': 'A=b=c', 'A.B=1': 'A.B=1', 'A= x "y" ': 'A= x "y" ' },
  { A: 'SBX-ENV invalid environment variable pair: A', '=b': 'SBX-ENV', '': 'SBX-ENV', 'A=\0': 'SBX-ENV' },
);

table(
  'memory',
  memory,
  same,
  { '512': 512, '2GiB': 2048, '1g': 1024, '512m': 512, '64MB': 64, '4294967295': 4294967295, '0x10': 16 },
  {
    '0': 'SBX-MEMORY amount of memory is zero',
    '0G': 'SBX-MEMORY amount of memory is zero',
    '-1': 'SBX-MEMORY invalid value',
    '4294967296': 'SBX-MEMORY invalid value',
    '4194304G': 'SBX-MEMORY invalid value',
    '512KB': 'SBX-MEMORY invalid memory size: 512KB',
    '1.5G': 'SBX-MEMORY invalid memory size',
    '1 G': 'SBX-MEMORY invalid memory size',
    '': 'SBX-MEMORY invalid memory size',
  },
);

table(
  'cpus',
  cpus,
  same,
  { '1': 1, '255': 255, '2.0': 2 },
  {
    '0': 'SBX-CPUS number of vCPUs is zero',
    '300': 'SBX-CPUS invalid value: integer `300`, expected 1 to 255',
    '-2': 'SBX-CPUS invalid value',
    '1.5': 'SBX-CPUS invalid value',
    two: 'SBX-CPUS invalid value',
  },
);

table(
  'scope',
  scope,
  same,
  { none: 'none', Group: 'group', LOCAL: 'group', public: 'public', ANY: 'any' },
  {
    invalid: 'SBX-SCOPE unknown variant `invalid`, expected one of `none`, `group`, `public`, `any`',
    '': 'SBX',
  },
);

table(
  'back ends',
  backEnd,
  same,
  { auto: 'auto', QEMU: 'qemu', libkrun: 'libkrun' },
  {
    kvm: 'SBX-VMM unknown variant `kvm`, expected one of `auto`, `libkrun`, `qemu`',
    // A cloned file is not to name a program of the host.
    '/usr/bin/qemu-system-x86_64': 'SBX-VMM',
    '': 'SBX',
  },
);

table(
  'semantic versions',
  semver,
  same,
  { '1.2.3': '1.2.3', '0.0.0-alpha.1+build.5': '0.0.0-alpha.1+build.5' },
  { '1.0': "SBX-VERSION invalid semantic version '1.0'", v1: 'SBX', '01.0.0': 'SBX', '1.0.0-01': 'SBX' },
);

table(
  'component names',
  componentName,
  same,
  { a: 'a', 'shell-box': 'shell-box', 'a b:*?': 'a b:*?', é: 'é' },
  {
    '': 'SBX-NAME',
    '..': 'SBX-NAME',
    'a/b': "must not contain '/'",
    'a~b': "must not contain '~'",
    ' a': 'blank',
    'a\nb': 'must not contain',
    ['é'.repeat(101)]: 'longer than 200 bytes',
  },
);

table(
  'script names',
  scriptName,
  same,
  { start: 'start', 'a.b': 'a.b' },
  {
    shell: 'SBX-SCRIPT-NAME',
    'ops/deploy': 'SBX-SCRIPT-NAME',
    'a~b': 'SBX-SCRIPT-NAME',
    '': 'SBX-SCRIPT-NAME',
  },
);

table(
  'subnets',
  subnet,
  ({ prefix }) => prefix,
  { '10.0.1.0/24': 24, '0.0.0.0/0': 0, '10.0.0.1/32': 32 },
  {
    'ten-dot': 'SBX-GROUP-NET',
    '10.0.0.0': 'SBX-GROUP-NET',
    '10.0.0.0/33': 'SBX-GROUP-NET',
    '1.2.3.400/8': 'SBX',
  },
);

test('an address belongs to its subnet only', () => {
  const parsed = subnet('10.10.0.0/16');
  assert.ok(parsed.ok);
  assert.ok(subnetContains(parsed.value, '10.10.255.1'));
  assert.ok(!subnetContains(parsed.value, '10.11.0.1'));
});

test('names the server can address', () => {
  assert.equal(rpcNameFault('a-b_C9'), undefined);
  for (const name of ['-a', 'a.b', 'a b', 'é', 'a'.repeat(64)]) assert.ok(rpcNameFault(name), name);
});

test('path segments', () => {
  assert.equal(segmentFault('dev: *.yaml'), undefined);
  assert.equal(segmentFault(''), 'empty path segment');
  assert.equal(segmentFault('a/b'), 'invalid path component: a/b');
  assert.equal(segmentFault('..'), 'invalid path component: ..');
  assert.equal(segmentFault('a\\b'), undefined);
  assert.ok(segmentFault('a\\b', { windows: true }));
});

test('guest paths fold', () => {
  assert.deepEqual(foldGuestPath('/app/./x/../y/'), { ok: true, path: '/app/y' });
  assert.deepEqual(foldGuestPath('//'), { ok: true, path: '/' });
  assert.ok(!foldGuestPath('/..').ok);
  assert.ok(!foldGuestPath('a').ok);
});

test('host paths resolve against a folder', () => {
  assert.equal(resolveHostPath('/p/q', './src/../x'), '/p/q/x');
  assert.equal(resolveHostPath('/p', '../../../etc'), '/etc');
  assert.equal(resolveHostPath('/p', '/abs'), '/abs');
  assert.equal(resolveHostPath('C:\\p', 'a/b'), 'C:\\p\\a\\b');
  assert.equal(resolveHostPath('/p', 'D:/x/../y'), 'D:\\y');
});

test('env files', () => {
  const text = '\uFEFF# c\n\nA=1\r\nexport B="x y"\nC=\'q\'\nD="open\nnonsense\n=x\nE=a=b';
  const { entries, faults } = parseEnvFile(text, 'web.env');
  assert.deepEqual(entries.map(formatEnv), ['A=1', 'B=x y', 'C=q', 'D="open', 'E=a=b']);
  assert.deepEqual(
    faults.map((fault) => fault.message),
    ['web.env:7: expected KEY=VALUE', 'web.env:8: expected KEY=VALUE'],
  );
});
