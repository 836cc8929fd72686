import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TerminalRequest } from '../../../server/cli/editor-terminal/request.ts';
import { programLine, requestIn } from './terminal-options.ts';

const installation = {
  languageServer: '/x/dist/language-server/language-server.js',
  terminal: '/x/dist/terminal/terminal.js',
  node: '/usr/bin/node',
  nodeEnvironment: { ELECTRON_RUN_AS_NODE: '1' },
  version: '1.0.0',
};
const request: TerminalRequest = {
  root: '/p',
  file: 'Sandboxfile',
  sandbox: 'web app 🐳',
  program: { kind: 'script', script: 'test', args: ['a b'] },
  approved: [],
  hold: 'never',
};

test('the command line is short, the request in the environment is whole', () => {
  const { args, env } = programLine(installation, request, { MENV_HOME: '/h' });
  assert.deepEqual(args, ['/x/dist/terminal/terminal.js', 'web app 🐳~test']);
  assert.equal(env['MENV_HOME'], '/h');
  assert.equal(env['ELECTRON_RUN_AS_NODE'], '1');
  assert.deepEqual(requestIn({ env }), request);
});

test('terminals of others have none', () => {
  assert.equal(requestIn({}), undefined);
  assert.equal(requestIn({ env: { PATH: '/bin' } }), undefined);
});
