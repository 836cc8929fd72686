// What a guest sees of an image is what umoci unpacks of it: every name with its type, mode, owner,
// size, time, contents, links, device numbers and extended attributes.

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { after, afterEach, before, suite, test } from 'node:test';
import { run } from '../../scripts/build/command.ts';
import { createEngine } from '../../server/engine/index.ts';
import type { Engine } from '../../server/engine/index.ts';
import { buildImage } from '../support/images/build.ts';
import * as recipes from '../support/images/recipes.ts';
import type { Recipe } from '../support/images/recipes.ts';
import { TreeLister } from '../support/images/tree-list.ts';
import type { TreeList } from '../support/images/tree-list.ts';
import { Place } from '../support/place.ts';
import { finish } from '../support/programs.ts';

interface Case {
  readonly recipe: Recipe;
  /** Shows that the image's programs run. */
  readonly command: readonly [string, ...string[]];
  readonly says: RegExp;
}

const cases: readonly Case[] = [
  { recipe: recipes.busybox, command: ['/bin/sh', '-c', 'echo $((6 * 7))'], says: /^42$/m },
  { recipe: recipes.coreutils, command: ['/bin/bash', '-c', 'echo {1..3}'], says: /^1 2 3$/m },
  { recipe: recipes.perl, command: ['/usr/bin/perl', '-e', 'print "a" x 3'], says: /^aaa$/ },
  { recipe: recipes.git, command: ['/usr/bin/git', '--version'], says: /^git version 2/ },
  { recipe: recipes.python, command: ['/usr/bin/python3', '-c', 'print(2**10)'], says: /^1024$/m },
];

/** What is put over every image: mount points' own entries, and the files that make a guest itself. */
const ofTheSandbox = [
  ...['.', 'dev', 'proc', 'sys', '.sandbox'],
  ...['etc', 'etc/hostname', 'etc/hosts', 'etc/machine-id', 'etc/resolv.conf'],
].map((name) => JSON.stringify(name));

const deadline = { timeout: 300_000 };
const needsRoot = process.getuid?.() === 0 ? {} : { skip: 'owners and devices need root' };

suite('trees of images', needsRoot, () => {
  let place: Place;
  let engine: Engine;
  let lister: TreeLister;
  const layouts = new Map<Recipe, string>();

  before(async () => {
    place = await Place.create();
    for (const { recipe } of cases) layouts.set(recipe, await buildImage(recipe));
    const sandboxes = cases.map(
      ({ recipe }) =>
        `  ${recipe.name}:\n    image: ${layouts.get(recipe)}#latest\n    memory: 512\n    scope: none\n`,
    );
    await place.write(`sandboxes:\n${sandboxes.join('')}`);
    lister = await TreeLister.create(place.root);
    engine = createEngine();
  }, deadline);

  afterEach(() => place.endProcesses());

  after(async () => {
    await engine.close();
    await place[Symbol.asyncDispose]();
  }, deadline);

  for (const { recipe, command, says } of cases) {
    test(recipe.name, deadline, async () => {
      const bundle = path.join(place.root, `umoci-${recipe.name}`);
      const project = await engine.openProject({ root: place.project });
      const [expected, sandbox] = await Promise.all([
        run('umoci', ['unpack', '--image', `${layouts.get(recipe)}:latest`, bundle]).then(() =>
          lister.host(path.join(bundle, 'rootfs')),
        ),
        project.start(recipe.name),
      ]);
      await rm(bundle, { recursive: true });
      compare(await lister.guest(sandbox), expected);
      const [program, ...args] = command;
      assert.match((await finish(await sandbox.exec(program, { args }))).stdout, says);
      await sandbox.stop({ graceMs: 0 });
      await project.close();
      assert.deepEqual(await place.leftovers(), []);
    });
  }
});

function compare(found: TreeList, expected: TreeList): void {
  const differences = [...new Set([...expected.keys(), ...found.keys()])]
    .filter((name) => !ofTheSandbox.includes(name) && found.get(name) !== expected.get(name))
    .map(
      (name) =>
        `${name}\n  guest ${found.get(name) ?? 'nothing'}\n  umoci ${expected.get(name) ?? 'nothing'}`,
    );
  assert.deepEqual(differences.slice(0, 10), [], `${differences.length} of ${expected.size} differ`);
}
