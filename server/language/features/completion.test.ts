import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { CompletionItem, TextEdit } from 'vscode-languageserver-types';
import type { FolderEntry, Providers } from '../providers.ts';
import { marked, NEVER } from '../testing/workspace.ts';
import { completion } from './completion.ts';

type More = Readonly<Record<string, string>>;

async function complete(text: string, more: More = {}, providers: Providers = {}) {
  const { workspace, document, position } = marked(text, more, providers);
  const list = await completion(workspace, document, position, NEVER);
  const items = list.items.toSorted((a, b) => (a.sortText ?? '').localeCompare(b.sortText ?? ''));
  return { document, items, isIncomplete: list.isIncomplete };
}

/** The labels, best first; `n`: only so many. */
async function labels(text: string, more?: More, providers?: Providers, n = 100): Promise<string> {
  const { items } = await complete(text, more, providers);
  return items
    .slice(0, n)
    .map(({ label }) => label)
    .join(' ');
}

/** The text with the item of this label taken. */
async function taken(text: string, label: string, more?: More, providers?: Providers): Promise<string> {
  const { document, items } = await complete(text, more, providers);
  const item = items.find((item: CompletionItem) => item.label === label);
  assert.ok(item?.textEdit !== undefined, `no ${label} in ${items.map(({ label }) => label).join(' ')}`);
  const whole = TextDocument.create(document.uri, 'sandboxfile', 1, document.text);
  return TextDocument.applyEdits(whole, [item.textEdit as TextEdit]);
}

const COMPONENT =
  'image version meta memory cpus volumes volume_options ports envs env_file workdir shell command imports exports groups ' +
  'depends_on scripts scope allow deny secrets vmm exec ram network proxy';

test('keys of the root', async () => {
  assert.equal(await labels('|'), 'meta modules builds sandboxes groups');
  assert.equal(await labels('sand|'), 'meta modules builds sandboxes groups');
  assert.equal(await labels('meta:\n|'), 'modules builds sandboxes groups');
  assert.equal(await labels('{|'), 'meta modules builds sandboxes groups');
});

test('keys of a sandbox: required first, deprecated last, those that are there left out', async () => {
  assert.equal(await labels('sandboxes:\n  web:\n    |'), COMPONENT);
  assert.equal(
    await labels('sandboxes:\n  web:\n    image: a\n    |\n    cpus: 1\n  db:\n    scope: any'),
    COMPONENT.replace('image ', '').replace('cpus ', ''),
  );
});

test('keys in broken text', async () => {
  for (const text of [
    'sandboxes:\n  web\n    |',
    'sandboxes:\n\tweb:\n\t\t|',
    'sandboxes:\n  web:\n    scope: "a\n    |',
    'sandboxes:\n  web:\n    scope: [a\n  db:\n    |',
    'sandboxes:\n<<<<<<< HEAD\n  web:\n    |\n=======\n  web:\n>>>>>>> other\n',
    'x: *nope\nsandboxes:\n  web:\n    |',
    'sandboxes: {web: {|',
    'sandboxes:\n  web: {|}',
    '---\nsandboxes:\n  web:\n    |\n---\nfoo',
  ]) {
    const two = await labels(text, {}, {}, 2);
    assert.equal(two, 'image version', JSON.stringify(text));
  }
});

test('a key brings its colon and the start of its value', async () => {
  assert.equal(await taken('sand|', 'sandboxes'), 'sandboxes:\n  ');
  assert.equal(await taken('sandboxes:\n  web:\n    ima|', 'image'), 'sandboxes:\n  web:\n    image: ');
  assert.equal(
    await taken('sandboxes:\n  web:\n    po|', 'ports'),
    'sandboxes:\n  web:\n    ports:\n      - ',
  );
  assert.equal(await taken('sandboxes:\n  web:\n    m|: 5', 'memory'), 'sandboxes:\n  web:\n    memory: 5');
  assert.equal(await taken('sandboxes: {web: {po|}}', 'ports'), 'sandboxes: {web: {ports: }}');
  assert.equal(await taken('{"sandboxes": {"web": {"po|"}}}', 'ports'), '{"sandboxes": {"web": {"ports"}}}');
  assert.equal(await taken('sandboxes:\n  web:|', 'image'), 'sandboxes:\n  web:\n    image: ');
});

test('values of a key', async () => {
  assert.equal(await labels('sandboxes:\n  a:\n    scope: |'), 'none group public any');
  assert.equal(await labels('sandboxes:\n  a:\n    vmm: |'), 'auto libkrun qemu');
  assert.equal(await taken('sandboxes:\n  a:\n    scope:|', 'any'), 'sandboxes:\n  a:\n    scope: any');
  assert.equal(
    await taken('sandboxes:\n  a:\n    scope: pub| # x', 'any'),
    'sandboxes:\n  a:\n    scope: any # x',
  );
  assert.equal(await labels('sandboxes:\n  a:\n    memory: |'), '1024 2GiB');
  assert.equal(await labels('sandboxes:\n  a:\n    cpus: |'), '1');
  assert.equal(await labels('sandboxes:\n  a:\n    shell: |'), '/bin/sh /bin/bash /bin/ash /bin/zsh');
});

const NET = 'sandboxes:\n  a:\n    depends_on: [b]\n  b: {}\n  c: {}\n';

test('names for depends_on: not itself, not what is there, nothing that makes a circle', async () => {
  assert.equal(await labels(`${NET}  d:\n    depends_on:\n      - |`), 'a b c');
  assert.equal(await labels(`${NET}  d:\n    depends_on:\n      - a\n      - |`), 'b c');
  assert.equal(await labels(`${NET}  d:\n    depends_on: [a, |]`), 'b c');
  assert.equal(await labels(NET.replace('b: {}', 'b: {depends_on: [|]}')), 'c');
  const complete = `${NET}  dd: {}\n  d:\n    depends_on: [a, `;
  assert.equal(await labels(`${complete}d|d]`), 'b c dd');
  assert.equal(await labels(`${complete}dd|]`), 'b c dd');
  assert.equal(await taken(`${complete}d|d, b]`, 'c'), `${complete}c, b]`);
  assert.equal(await labels('builds:\n  x: {}\n  y:\n    depends_on:\n      - |\nsandboxes: {z: {}}'), 'x');
});

test('components that are named and not there', async () => {
  const text = (section: string) =>
    `sandboxes:\n  a: {depends_on: [b, c], groups: {g: {}}, imports: {x: {o: /o}}}\n  b: {}\n${section}`;
  assert.equal(await labels(text('  |')), 'c');
  assert.equal(await labels(text('groups:\n  |')), 'g');
  assert.equal(await labels(text('builds:\n  |')), 'x');
});

test('a list’s item gets its dash', async () => {
  const head = 'sandboxes:\n  b: {}\n  a:\n    depends_on:';
  assert.equal(await taken(`${head}|`, 'b'), `${head}\n      - b`);
  assert.equal(await taken(`${head}\n      |`, 'b'), `${head}\n      - b`);
  assert.equal(await taken(`${head}\n      -|`, 'b'), `${head}\n      - b`);
  assert.equal(await taken(`${head}\n    - |`, 'b'), `${head}\n    - b`);
});

test('names of modules', async () => {
  const db = { 'db.yaml': 'sandboxes:\n  postgres: {image: a}\n  redis: {image: b}\ngroups:\n  net: {}\n' };
  const head = 'modules:\n  ./db.yaml:\n    postgres: {as: pg}\n';
  assert.equal(await labels(`${head}    |`, db), 'redis net');
  assert.equal(await labels(`${head}sandboxes:\n  a:\n    depends_on: [|]`, db), 'pg');
  assert.equal(
    await labels('modules:\n  ./db.yaml:\n    net:\nsandboxes:\n  a:\n    groups:\n      |', db),
    'net',
  );
});

const BUILD = 'builds:\n  one:\n    exports: {bin: /out, lib: /lib}\n  two:\n    exports: {doc: /doc}\n';

test('names for imports and exports', async () => {
  assert.equal(await labels(`${BUILD}sandboxes:\n  a:\n    imports:\n      |`), 'bin lib doc one two');
  assert.equal(await labels(`${BUILD}sandboxes:\n  a:\n    imports:\n      one:\n        |`), 'bin lib');
  assert.equal(
    await labels('builds:\n  one:\n    exports:\n      |\nsandboxes:\n  a:\n    imports: {bin: /bin/x}'),
    'bin',
  );
});

test('groups, their volumes, addresses and subnets', async () => {
  const text = (body: string) =>
    `groups:\n  g:\n    network: {subnet: 10.0.1.0/24}\n    volumes: {data: /data}\n` +
    `sandboxes:\n  a:\n    groups: {g: {network: {ip: 10.0.1.2}}}\n  b:\n    groups:\n      ${body}`;
  assert.equal(await labels(text('|')), 'g');
  assert.equal(await labels(text('g:\n        volumes:\n          |')), 'data');
  assert.equal(await labels(text('g:\n        network:\n          ip: |')), '10.0.1.3');
  assert.equal(await labels(text('g:\n        network:\n          hostname: |')), 'b');
  assert.equal(await labels('groups:\n  g:\n    network:\n      subnet: |'), '10.0.1.0/24');
});

test('scripts', async () => {
  const head = 'sandboxes:\n  a:\n    scripts: {start: x, migrate: y}\n  b:\n    scripts:\n      ';
  assert.equal(await labels(`${head}|`), 'start test build lint dev migrate');
  assert.equal(await labels(`${head}start: |`), '');
  assert.equal(await labels(`${head}start: ^\n        ec|`), '');
  assert.equal(await labels(`# |`), '');
});

const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  '/project': ['src/', 'README.md', 'db.sandboxfile', '.env', '.git/'],
  '/project/src': ['main.ts', 'a: b.ts', 'deep/'],
};

const files: Providers = {
  files: {
    list: (folder) =>
      FOLDERS[folder]?.map((name): FolderEntry => ({
        name: name.replace('/', ''),
        folder: name.endsWith('/'),
      })),
    exists: () => undefined,
  },
};

test('paths of the host', async () => {
  const env = 'sandboxes:\n  a:\n    env_file: ';
  assert.equal(await labels(`${env}|`, {}, files), './.env ./README.md ./db.sandboxfile ./src/ ../');
  assert.equal(await labels(`${env}./src/|`, {}, files), './src/main.ts ./src/a: b.ts ./src/deep/');
  assert.equal(await taken(`${env}./src/m|`, './src/main.ts', {}, files), `${env}./src/main.ts`);
  assert.equal(await taken(`${env}./src/|`, './src/a: b.ts', {}, files), `${env}"./src/a: b.ts"`);
  assert.equal(await labels('modules:\n  ./|', {}, files), './db.sandboxfile ./src/');
  assert.equal(await labels('modules:\n  "./d|":', {}, files), './db.sandboxfile');
});

test('volumes: host path, guest path, mode', async () => {
  const head = 'sandboxes:\n  a:\n    workdir: /srv\n    volumes:\n      - ';
  assert.equal(await labels(`${head}./s|`, {}, files), './src');
  assert.equal(await taken(`${head}./s|x:/app:ro`, './src:/app:ro', {}, files), `${head}./src:/app:ro`);
  assert.equal(
    await labels(`${head}./src:|`, {}, files, 4),
    './src:/srv ./src:/src ./src:/app ./src:/workspace',
  );
  assert.equal(await labels(`${head}./src:/app:|`, {}, files, 2), './src:/app:ro ./src:/app:rw');
});

const images: Providers = {
  images: {
    names: (prefix) => ({
      items: ['alpine', 'python'].filter((name) => name.startsWith(prefix)),
      complete: false,
    }),
    tags: (name) =>
      name === 'alpine' ? { items: ['3.20', 'edge'], complete: true } : new Promise<never>(hang),
    config: () => ({ workingDir: '', entrypoint: [], cmd: [], exposedPorts: ['80/tcp', '53/udp'] }),
  },
};

test('images and tags', async () => {
  const head = 'sandboxes:\n  a: {image: debian:12}\n  b:\n    image: ';
  assert.equal(await labels(`${head}a|`, {}, images, 3), 'debian:12 alpine builtin:busybox');
  assert.equal(await labels(`${head}alpine:|`, {}, images, 2), 'alpine:3.20 alpine:edge');
  assert.equal(await taken(`${head}alpine:3|`, 'alpine:edge', {}, images), `${head}alpine:edge`);
  assert.equal((await complete(`${head}|`, {}, images)).isIncomplete, true);
  assert.equal((await complete(`${head}alpine:|`, {}, images)).isIncomplete, false);
});

test('images of other files of the workspace', async () => {
  const other = { 'db.yaml': 'sandboxes:\n  x: {image: postgres:16}\n  y: {image: alpine}\n' };
  const { items } = await complete('sandboxes:\n  a: {image: alpine}\n  b:\n    image: |', other);
  assert.deepEqual(
    items.slice(0, 2).map(({ label, detail }) => `${label} ${detail ?? ''}`),
    ['alpine used in this file', 'postgres:16 used in db.yaml'],
  );
});

test('a registry that hangs blocks nothing', async () => {
  const { items, isIncomplete } = await complete('sandboxes:\n  b:\n    image: slow:|', {}, images);
  assert.equal(isIncomplete, true);
  assert.deepEqual(
    items.map(({ label }) => label),
    ['slow:latest'],
  );
});

test('a provider that fails is one that does not know', async () => {
  const failing: Providers = { images: { names: fail, tags: fail, config: fail } };
  const { items, isIncomplete } = await complete('sandboxes:\n  b:\n    image: a|', {}, failing);
  assert.equal(isIncomplete, true);
  assert.ok(items.length > 0);
});

function hang(): void {
  // Never settles.
}

function fail(): never {
  throw new Error('registry is down');
}

test('ports: those of the image, each with a free host port', async () => {
  const head = 'sandboxes:\n  a: {ports: [8080:1]}\n  b:\n    image: x\n    ports:\n      - ';
  assert.equal(await labels(`${head}|`, {}, images, 2), '8081:80 8053:53/udp');
  assert.equal(await labels(`${head}|`, {}, {}, 2), '8081:80 3000:3000');
  assert.equal(await labels(`${head}9:80/|`, {}, images, 2), '9:80/tcp 9:80/udp');
});

test('a cancelled request ends at once', async () => {
  const { workspace, document, position } = marked('sandboxes:\n  b:\n    image: slow:|', {}, images);
  const list = await completion(workspace, document, position, AbortSignal.abort());
  assert.equal(list.isIncomplete, true);
});

test('a cursor on the quote of a value that goes on below', async () => {
  const { items } = await complete('sandboxes:\n  a:\n    image: |"al\rpine"\n');
  assert.ok(items.length > 0);
  for (const { textEdit } of items) {
    assert.ok(textEdit !== undefined && 'range' in textEdit);
    const { start, end } = textEdit.range;
    assert.ok(start.line === end.line && start.character <= end.character);
  }
});
