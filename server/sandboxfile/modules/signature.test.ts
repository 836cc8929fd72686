import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportSignature, parseSandboxfile } from '../index.ts';

const TEXT = `sandboxes:
  db:
    image: postgres:16
    ports: [5432]
    envs: [A=b]
    scripts:
      start: run
builds:
  b: {image: x, exports: {out: /o}, steps: [make]}
groups:
  g: {volumes: {v: /v}}
`;
const signature = (text: string): string => exportSignature(parseSandboxfile(text).project);

test('places, comments and what only a run looks at are not seen by importers', () => {
  for (const same of [
    `# comment\n\n${TEXT}`,
    TEXT.replace('start: run', 'start: another'),
    TEXT.replace('A=b', 'A=c'),
    TEXT.replace('[make]', '[make, test]'),
  ]) {
    assert.equal(signature(same), signature(TEXT), same);
  }
});

test('everything that their checks compare is', () => {
  for (const [from, to] of [
    ['db:', 'database:'],
    ['5432', '5433'],
    ['postgres:16', 'postgres:17'],
    ['start: run', 'stop: run'],
    ['ports: [5432]', 'ports: [5432]\n    depends_on: [x]'],
    ['ports: [5432]', 'ports: [5432]\n    volumes: [./a:/a]'],
    ['ports: [5432]', 'ports: [5432]\n    env_file: ./e'],
    ['ports: [5432]', 'ports: [5432]\n    groups: {g: {volumes: {v: /w}}}'],
    ['out: /o', 'lib: /o'],
    ['v: /v', 'w: /v'],
  ] as const) {
    assert.notEqual(signature(TEXT.replace(from, to)), signature(TEXT), to);
  }
});
