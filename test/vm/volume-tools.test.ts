// What people do in their projects, on a volume: the result is that of a disk, seen from both sides.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { createEngine } from '../../server/engine/index.ts';
import type { Engine, Project, Sandbox } from '../../server/engine/index.ts';
import { buildImage } from '../support/images/build.ts';
import * as recipes from '../support/images/recipes.ts';
import { Place } from '../support/place.ts';
import { finish, Reader } from '../support/programs.ts';

const execute = promisify(execFile);
const deadline = { timeout: 600_000 };
const needsRoot = process.getuid?.() === 0 ? {} : { skip: 'images are made by root' };

/** Run by Node.js on both sides: every name with its kind, mode, target or content. */
const listing = `
const { createHash } = require('node:crypto'), fs = require('node:fs');
const list = (folder) => fs.readdirSync(folder).sort().flatMap((name) => {
  const path = folder + '/' + name, info = fs.lstatSync(path), what = path + ' ' + info.mode.toString(8);
  if (name === '.git') return [];
  if (info.isDirectory()) return [what, ...list(path)];
  const content = info.isSymbolicLink() ? fs.readlinkSync(path) : createHash('sha256').update(fs.readFileSync(path)).digest('hex');
  return [what + ' ' + content];
});
console.log(list('.').join('\\n'))`;

const gitSteps = `set -e
export HOME=/nowhere GIT_AUTHOR_DATE='2001-02-03 04:05:06 +0000' GIT_COMMITTER_DATE='2001-02-03 04:05:06 +0000'
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
git init -q -b main one; cd one
mkdir -p src/deep; i=0; while [ $i -lt 40 ]; do echo "file $i" > src/deep/f$i; i=$((i+1)); done
echo '#!/bin/sh' > run; chmod 755 run; ln -s src/deep/f1 link
git add -A; git commit -qm first; echo more >> src/deep/f1; git commit -qam second
git checkout -q -b side HEAD~1; echo side > side; git add side; git commit -qm side
git checkout -q main; git merge -q -m merged side; git gc -q
cd ..; git clone -q one two; cd two; git status --porcelain; git rev-parse HEAD`;

const sqliteSteps = `
import multiprocessing, sqlite3, sys
path = sys.argv[1]
first = sqlite3.connect(path); print(first.execute('pragma journal_mode=wal').fetchone()[0])
first.execute('create table t (worker integer, n integer)'); first.commit(); first.close()
def work(worker):
    db = sqlite3.connect(path, timeout=60)
    for n in range(25):
        with db: db.execute('insert into t values (?, ?)', (worker, n))
    db.close()
workers = [multiprocessing.Process(target=work, args=(w,)) for w in range(3)]
[w.start() for w in workers]; [w.join() for w in workers]
db = sqlite3.connect(path); print(db.execute('select count(*), sum(n) from t').fetchone(), db.execute('pragma integrity_check').fetchone()[0])
`;

const pythonSteps = `set -e
mkdir -p build/source/tool; cd build
echo 'from .inner import answer' > source/tool/__init__.py; echo 'answer = lambda: 42' > source/tool/inner.py
echo 'import tool; print(tool.answer())' > source/__main__.py
python3 - <<'P'
import os, zipfile
names = sorted(os.path.join(folder, name) for folder, _, files in os.walk('source') for name in files)
with zipfile.ZipFile('tool.pyz', 'w') as archive:
    for name in names:
        archive.writestr(zipfile.ZipInfo(os.path.relpath(name, 'source'), (2001, 2, 3, 4, 5, 6)), open(name).read())
zipfile.ZipFile('tool.pyz').extractall('installed')
P
python3 -m compileall -q --invalidation-mode unchecked-hash -d x installed
python3 tool.pyz; cd installed; python3 -c 'import tool; print(tool.answer())'`;

const pipSteps = `set -e
python3 - <<'P'
import zipfile
about = 'tool-1.0.dist-info/'
files = {
  'tool/__init__.py': 'main = lambda: print(42)\\n',
  about + 'METADATA': 'Metadata-Version: 2.1\\nName: tool\\nVersion: 1.0\\n',
  about + 'WHEEL': 'Wheel-Version: 1.0\\nGenerator: hand\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n',
  about + 'entry_points.txt': '[console_scripts]\\ntool = tool:main\\n',
}
files[about + 'RECORD'] = ''.join(name + ',,\\n' for name in [*files, about + 'RECORD'])
with zipfile.ZipFile('tool-1.0-py3-none-any.whl', 'w') as wheel:
    for name, text in files.items(): wheel.writestr(zipfile.ZipInfo(name, (2001, 2, 3, 4, 5, 6)), text)
P
export PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
python3 -m pip install -q --no-index --find-links . --no-compile --target site tool
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=site site/bin/tool`;

const npmSteps = `set -e
mkdir -p app dep/lib; cd dep
echo '{"name":"dep","version":"1.0.0","main":"lib/index.js","bin":{"dep":"lib/cli.js"}}' > package.json
echo 'module.exports = 42' > lib/index.js; printf '#!/usr/bin/env node\\nconsole.log(require("./index.js"))\\n' > lib/cli.js
cd ../app; echo '{"name":"app","version":"1.0.0"}' > package.json
npm pack --silent ../dep > /dev/null
npm install --silent --offline --no-audit --no-fund ./dep-1.0.0.tgz
node_modules/.bin/dep; node -e 'console.log(require("dep"))'`;

suite('tools on a volume', needsRoot, () => {
  let place: Place;
  let engine: Engine;
  let project: Project;
  let box: Sandbox;
  const made = new AsyncDisposableStack();

  const host = (name: string): string => path.join(place.project, name);
  const says = async (script: string): Promise<string> => {
    const { status, stdout, stderr } = await finish(await box.exec('/bin/bash', { args: ['-c', script] }));
    assert.equal(status.code, 0, `${stdout}${stderr}`);
    return stdout.trimEnd();
  };
  /** Compares what steps say and leave on the volume with what they do elsewhere. */
  const sameAs = async (
    other: (folder: string, steps: string) => Promise<{ readonly said: string; readonly left: string }>,
    name: string,
    steps: string,
  ): Promise<string> => {
    const said = await says(`mkdir /work/${name} && cd /work/${name} && { ${steps}\n}`);
    const there = await other(name, steps);
    assert.equal(said, there.said);
    const { stdout } = await execute(process.execPath, ['-e', listing], { cwd: host(`work/${name}`) });
    assert.equal(stdout.trimEnd(), there.left);
    return said;
  };
  const onTheHost = async (name: string, steps: string): Promise<{ said: string; left: string }> => {
    const cwd = path.join(place.root, 'beside', name);
    await mkdir(cwd, { recursive: true });
    const env = {
      ...process.env,
      PATH: `${path.dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
      NODE_DISABLE_COMPILE_CACHE: '1', // it would be left in the place's own temporary folder
    };
    const said = await execute('bash', ['-c', steps], { cwd, env });
    const left = await execute(process.execPath, ['-e', listing], { cwd });
    return { said: said.stdout.trimEnd(), left: left.stdout.trimEnd() };
  };
  const onTheGuestsDisk = async (name: string, steps: string): Promise<{ said: string; left: string }> => {
    await writeFile(host('work/list.js'), listing);
    const said = await says(`mkdir -p /disk/${name} && cd /disk/${name} && { ${steps}\n}`);
    return { said, left: await says(`cd /disk/${name} && node /work/list.js`) };
  };

  before(async () => {
    const image = await buildImage(recipes.python);
    const { stdout } = await execute('sh', ['-c', 'command -v npm']);
    const npm = path.dirname(path.dirname(await realpath(stdout.trim())));
    place = made.use(await Place.create());
    await place.write(`sandboxes:
  box:
    image: ${image}#latest
    memory: 1024
    scope: none
    envs: [LC_ALL=C, PATH=/usr/local/bin:/usr/bin:/bin]
    volume_options: { /own: { hide: [.git, .env], private: [npm/app/node_modules] } }
    volumes: ['./work:/work', './own:/own', '${process.execPath}:/usr/local/bin/node:ro', '${npm}:/opt/npm:ro']
`);
    await Promise.all([mkdir(host('work')), mkdir(host('own/npm'), { recursive: true })]);
    engine = createEngine();
    made.defer(() => engine.close());
    project = await engine.openProject({ root: place.project });
    box = await project.start('box', { idle: true });
    await says('ln -s bash /bin/sh; ln -s /opt/npm/bin/npm-cli.js /usr/local/bin/npm');
  }, deadline);

  after(async () => {
    await project.stop();
    assert.deepEqual(await place.leftovers(), []);
    await made.disposeAsync();
  }, deadline);

  test('git: clone, commit, merge and status; the host has the same clean tree', deadline, async () => {
    const said = await sameAs(onTheHost, 'git', gitSteps);
    assert.match(said, /^[0-9a-f]{40}$/);
    const { stdout } = await execute('git', ['status', '--porcelain'], { cwd: host('work/git/two') });
    assert.equal(stdout, '');
  });

  test('SQLite in WAL mode, written by several processes at once', deadline, async () => {
    await writeFile(host('work/sqlite.py'), sqliteSteps);
    assert.equal(await says('python3 /work/sqlite.py /work/some.db'), 'wal\n(75, 900) ok');
    using db = new DatabaseSync(host('work/some.db'));
    assert.equal(db.prepare('pragma integrity_check').get()?.['integrity_check'], 'ok');
    assert.equal(db.prepare('select count(*) as n from t').get()?.['n'], 75);
  });

  test('a Python build: packed, unpacked, compiled and imported', deadline, async () => {
    assert.equal(await sameAs(onTheGuestsDisk, 'python', pythonSteps), '42\n42');
  });

  test('pip: a wheel is installed, and its program runs', deadline, async () => {
    assert.equal(await sameAs(onTheGuestsDisk, 'pip', pipSteps), '42');
  });

  test('npm: pack, install and run', deadline, async () => {
    assert.equal(await sameAs(onTheHost, 'npm', npmSteps), '42\n42');
  });

  test('node --watch in the guest starts a program again that the host has changed', deadline, async () => {
    await writeFile(host('work/watched.js'), 'console.log("fir" + "st")');
    const watching = await box.exec('/usr/local/bin/node', { args: ['--watch', '/work/watched.js'] });
    const reader = new Reader(watching);
    // Whoever changes it before it is watched sees nothing: the end of the first run is what it says then.
    await reader.until(/first[^]*Completed running/);
    await writeFile(host('work/watched.js'), 'console.log("sec" + "ond")');
    await reader.until(/second/);
    await watching.kill(9);
    await reader.toEnd();
  });

  test('extended attributes are refused as by a file system that has none', deadline, async () => {
    const tries = `import errno, os
for call in (lambda: os.setxattr('/work', 'user.x', b'1'), lambda: os.getxattr('/work', 'user.x'), lambda: os.removexattr('/work', 'user.x')):
    try: call()
    except OSError as e: print(errno.errorcode[e.errno])`;
    await writeFile(host('work/attributes.py'), tries);
    assert.equal(await says('python3 /work/attributes.py'), 'ENOTSUP\nENOTSUP\nENOTSUP');
    await says(
      'cd /work && mkdir packed && echo x > packed/x && tar --xattrs -cf packed.tar packed && tar --xattrs -xf packed.tar',
    );
  });

  test('npm in a folder of its own: the host has nothing of it', deadline, async () => {
    await execute('git', ['init', '-q', host('own')]);
    assert.equal(await says(`cd /own/npm && { ${npmSteps}\n}`), '42\n42');
    assert.deepEqual(await readdir(host('own/npm/app/node_modules')), []);
    await says('cd /own; test ! -e .git; ! git status 2> /dev/null');
    const { stdout } = await execute('git', ['status', '--porcelain'], { cwd: host('own') });
    assert.equal(stdout, '?? npm/\n');
  });
});
