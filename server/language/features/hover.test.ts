import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MarkupContent } from 'vscode-languageserver-types';
import type { Providers } from '../providers.ts';
import { marked, NEVER } from '../testing/workspace.ts';
import { hover } from './hover.ts';

/** The hover's text with the range's text before it. */
async function over(text: string, more: Readonly<Record<string, string>> = {}, providers: Providers = {}) {
  const { workspace, document, position } = marked(text, more, providers);
  const found = await hover(workspace, document, position, NEVER);
  if (found === undefined) return undefined;
  assert.ok(MarkupContent.is(found.contents) && found.range !== undefined);
  const { start, end } = found.range;
  const source = document.text.slice(document.lines.offsetAt(start), document.lines.offsetAt(end));
  return `${source} => ${found.contents.value}`;
}

const A = 'sandboxes:\n  a:\n    ';

test('a key: what it comes to, then its doc', async () => {
  assert.equal(
    await over(`${A}mem|ory: 2GiB`),
    'memory => = 2048 MiB\n\n**memory**: Guest memory in MiB, or with a unit: `512M`, `2GiB`.\n\n' +
      'Default: `1024`. From 1 to 4294967295. Such as `1024`, `2GiB`.',
  );
  assert.match((await over(`${A}scope|:`)) ?? '', /^scope => = `public`\n\n\*\*scope\*\*/);
  assert.match((await over('san|dboxes:')) ?? '', /^sandboxes => \*\*sandboxes\*\*: The project/);
  assert.match((await over(`${A}ra|m: 5`)) ?? '', /= 5 MiB.*\*\*Deprecated\*\*: use `memory`/s);
});

test('a value: the same, at the value', async () => {
  assert.match(
    (await over(`${A}image: alp|ine`)) ?? '',
    /^alpine => = `library\/alpine:latest` of the default registry\n/,
  );
  assert.match(
    (await over(`${A}image: alp|ine`, {}, { images: { ...EMPTY, registry: 'r.example' } })) ?? '',
    /^alpine => = `r.example\/library\/alpine:latest`\n/,
  );
  assert.match((await over(`${A}image: ./ro|ot`)) ?? '', /= `\/project\/root`/);
  assert.match(
    (await over(`${A}volumes:\n      - "./s|rc:/app:ro"`)) ?? '',
    /^.\/src:\/app:ro => = `\/project\/src` on the host, `\/app` in the guest, read-only/,
  );
  assert.match((await over(`${A}env_file: .e|nv`)) ?? '', /= `\/project\/.env`/);
  assert.match((await over(`${A}ports: [8|0]`)) ?? '', /^80 => = host port `80` to guest port `80`, TCP\n/);
});

const EMPTY = { names: () => undefined, tags: () => undefined, config: () => undefined };

test('what the image says', async () => {
  const config = () => ({ workingDir: '/srv', entrypoint: ['/entry'], cmd: ['-x'], exposedPorts: [] });
  const providers = { images: { ...EMPTY, config } };
  assert.match((await over(`${A}image: i\n    work|dir:`, {}, providers)) ?? '', /= `\/srv`, from the image/);
  assert.match(
    (await over(`${A}image: i\n    comm|and:`, {}, providers)) ?? '',
    /= `\/entry` `-x`, from the image/,
  );
  assert.match((await over(`${A}image: i\n    work|dir:`)) ?? '', /= `\/`/);
});

test('a name: the component it stands for', async () => {
  const text = 'sandboxes:\n  a: {depends_on: [d|b]}\n  db: {image: p, ports: [80], memory: 5, cpus: 2}\n';
  assert.equal(
    await over(text, {}, { sandboxes: { state: () => 'running' } }),
    'db => sandbox **db** (running)\n\n- image `p`\n- 5 MiB, 2 CPUs, scope `public` (default)\n- ports `80:80`',
  );
  const other = { 'db.yaml': 'sandboxes:\n  pg: {image: p}\n' };
  assert.match(
    (await over('modules:\n  ./db.yaml: {pg: {as: x}}\nsandboxes:\n  a: {depends_on: [|x]}', other)) ?? '',
    /^x => sandbox \*\*pg\*\* of `\/project\/db.yaml`\n\n- image `p`\n- 1024 MiB \(default\), 1 CPU \(default\)/,
  );
  assert.match(
    (await over('builds:\n  b|: {image: i, exports: {o: /o}}')) ?? '',
    /build \*\*b\*\*.*`o` `\/o`/s,
  );
});

test('a module: its file and what it has', async () => {
  const other = { 'db.yaml': 'sandboxes:\n  pg: {image: p}\n  my: {image: m}\ngroups:\n  g: {}\n' };
  assert.equal(
    await over('modules:\n  ./d|b.yaml: {pg: }\n', other),
    './db.yaml => module `/project/db.yaml`\n\n- sandboxes `pg`, `my`\n- groups `g`',
  );
  assert.equal(await over('modules:\n  ./ab|sent.yaml: {pg: }\n', other), undefined);
});

test('a script: how it is run', async () => {
  assert.equal(
    await over(`${A}scripts: {st|art: x}\n`),
    'start => script **start** of sandbox `a`, which runs when no script is named: `msb run a~start`',
  );
  assert.match((await over(`${A}scripts: {te|st: x}\n`)) ?? '', /^test => .*: `msb run a~test`$/);
});

test('nothing where there is nothing to say', async () => {
  for (const text of [
    '|',
    '# a|',
    `${A}scripts:\n      go: ^\n        image|: x`,
    'foo|: bar',
    `${A}image: x|y\n  |`,
  ]) {
    const found = await over(text.replace('x|y', 'xy'));
    assert.equal(found, undefined, text);
  }
});

test('text of the file is no Markdown', async () => {
  const found = await over('sandboxes:\n  "a|[x](b)": {image: "b`c"}\n');
  assert.match(found ?? '', /\*\*a\\\[x\\\]\\\(b/);
});
