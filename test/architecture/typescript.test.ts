import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import { root, trackedFiles } from './files.ts';
import type { Room } from './rooms.ts';
import { modulesThatSpawn, rooms, spawners } from './rooms.ts';

const imports = await allImports();

test('every import is an arrow of the design', () => {
  const wrong = imports.filter((each) => each.kind === 'file' && !isAllowedArrow(each));
  assert.deepEqual(wrong.map(described), []);
});

test('packages are used where the design has them', () => {
  const wrong = imports.filter(
    ({ room, kind, target }) => kind === 'package' && !room.packages.includes(packageOf(target)),
  );
  assert.deepEqual(wrong.map(described), []);
});

test('rooms without I/O import nothing of Node', () => {
  const wrong = imports.filter(({ room, kind }) => kind === 'node' && !room.node);
  assert.deepEqual(wrong.map(described), []);
});

test('only the door to the native programs starts processes', () => {
  const wrong = imports.filter(
    ({ file, target }) => modulesThatSpawn.includes(target) && !spawners.some((each) => isInside(file, each)),
  );
  assert.deepEqual(wrong.map(described), []);
});

test('the walk sees the imports it is about', () => {
  assert.ok(imports.some(({ target }) => target === 'node:child_process'));
  assert.ok(
    imports.some(({ room, target }) => room.path === 'server/cli' && target === 'server/engine/api.ts'),
  );
});

interface Import {
  readonly file: string;
  readonly room: Room;
  readonly kind: 'file' | 'node' | 'package';
  /** A file is named from the project's root. */
  readonly target: string;
}

async function allImports(): Promise<readonly Import[]> {
  const sources = (await trackedFiles()).filter((file) =>
    /^(server|extension)\/(?!.*\/testing\/).*(?<!\.(test|fixture))\.[jt]s$/.test(file),
  );
  const found = await Promise.all(sources.map(importsOf));
  return found.flat();
}

async function importsOf(file: string): Promise<readonly Import[]> {
  const room = roomOf(file);
  if (!room) throw new Error(`${file} is in no room`);
  const text = await readFile(path.join(root, file), 'utf8');
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName: name }) => {
    if (name.startsWith('node:')) return { file, room, kind: 'node', target: name };
    if (!name.startsWith('.')) return { file, room, kind: 'package', target: name };
    return { file, room, kind: 'file', target: path.posix.join(path.posix.dirname(file), name) };
  });
}

function roomOf(file: string): Room | undefined {
  return rooms.filter((room) => isInside(file, room.path)).sort((a, b) => b.path.length - a.path.length)[0];
}

function isInside(file: string, folder: string): boolean {
  return file === folder || file.startsWith(`${folder}/`);
}

function isAllowedArrow({ room, target }: Import): boolean {
  const into = roomOf(target);
  if (into === room) return true;
  if (!into || !room.imports.includes(into.path)) return false;
  return into.faces?.includes(path.posix.relative(into.path, target)) ?? true;
}

/** `@scope/name/part` is of the package `@scope/name`. */
function packageOf(target: string): string {
  return target.split('/', target.startsWith('@') ? 2 : 1).join('/');
}

function described({ file, target }: Import): string {
  return `${file} -> ${target}`;
}
