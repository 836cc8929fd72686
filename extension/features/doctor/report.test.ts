import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ENGLISH } from '../../host/localizer.ts';
import { report } from './report.ts';

test('what is wrong comes first, with why and what to do; the rest without', () => {
  const text = report(
    [
      { title: 'Machine', state: 'good', found: 'Linux', why: 'never', fix: 'never' },
      { title: 'KVM', state: 'limited', found: 'closed', why: 'It is slow.' },
      { title: 'QEMU', state: 'bad', found: 'not\nin PATH', why: 'It runs them.', fix: 'Install it.' },
    ],
    ENGLISH,
  );
  assert.equal(
    text,
    `# Sandboxfile Doctor

## To be mended

- **QEMU**: not in PATH
  - It runs them.
  - Install it.

## Works, with limits

- **KVM**: closed
  - It is slow.

## In order

- **Machine**: Linux
`,
  );
});
