import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { CommandMarks } from './command-marks.ts';
import { integrationEnvironment, SCRIPT } from './shell-integration.ts';

const mark = (text: string): string => `\x1b]633;${text}\x07`;

/** What an interactive shell of this machine shows for a command that fails, and its end. */
async function shown(shell: string, ...args: readonly string[]): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'shell-'));
  try {
    const file = path.join(folder, 'integration');
    await writeFile(file, SCRIPT);
    const env = Object.fromEntries(
      integrationEnvironment(file).map((entry) => entry.split(/=(.*)/s).slice(0, 2) as [string, string]),
    );
    const run = promisify(execFile)(shell, [...args, '-i'], {
      env: { PATH: process.env['PATH'], HOME: folder, ...env },
      cwd: folder,
      timeout: 60_000,
    });
    run.child.stdin?.end('(exit 3)\nexit 0\n');
    const { stdout, stderr } = await run;
    return stdout + stderr;
  } finally {
    await rm(folder, { recursive: true });
  }
}

for (const [shell, ...args] of [['bash', '--norc', '--noprofile'], ['dash']] as const) {
  test(`${shell} tells of prompts, results and its folder`, { timeout: 120_000 }, async () => {
    const output = await shown(shell, ...args);
    assert.ok(output.includes(mark('A')) && output.includes(mark('B')), output);
    assert.ok(output.includes(mark('D;3')), output);
    assert.match(output, /\]633;P;Cwd=\/\S*shell-/);
    // Nothing of it is seen.
    assert.doesNotMatch(output, /\\\[|\\\]|\$\?/);
  });
}

test('a command runs after Enter at a prompt, from the next line on', () => {
  const marks = new CommandMarks();
  const through = (text: string): string => Buffer.from(marks.onOutput(Buffer.from(text))).toString();
  marks.onKeys(Buffer.from('\r'));
  assert.equal(through('no prompt yet\n'), 'no prompt yet\n');
  const prompt = `${mark('A')}# ${mark('B')}`;
  assert.equal(through(prompt.slice(0, -3)) + through(prompt.slice(-3)), prompt);
  marks.onKeys(Buffer.from('ls'));
  assert.equal(through('ls\n'), 'ls\n');
  marks.onKeys(Buffer.from('\r'));
  assert.equal(through('\r'), '\r');
  assert.equal(through('\nfile\r\nother\r\n'), `\n${mark('C')}file\r\nother\r\n`);
  marks.onKeys(Buffer.from('input\r'));
  assert.equal(through('input\n'), 'input\n');
});
