import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { hostFolder, resolveHostPath } from '../../sandboxfile/index.ts';
import type { Workspace } from './workspace.ts';

/** Bounds of what is looked at below the workspace's folders. */
const MAX_FOLDERS = 5000;
const MAX_FILES = 500;
const SKIPPED = new Set(['node_modules', 'menv']);

/** Reads the Sandboxfiles below the workspace's folders and the modules they import from. */
export async function discover(workspace: Workspace, signal: AbortSignal): Promise<void> {
  const queue = await sandboxfilesBelow(workspace.folders, signal);
  const seen = new Set(queue);
  for (const file of queue) {
    if (!workspace.isTrusted || signal.aborted || seen.size > MAX_FILES) return;
    const document = await workspace.snapshot(file);
    for (const module of document?.project.fields.modules?.value?.keys() ?? []) {
      const target = resolveHostPath(hostFolder(file), module);
      if (seen.has(target)) continue;
      seen.add(target);
      queue.push(target);
    }
  }
}

/** By the names that the editor knows the language by. */
export function isSandboxfileName(name: string): boolean {
  return name === 'Sandboxfile' || name.startsWith('Sandboxfile.') || name.endsWith('.sandboxfile');
}

async function sandboxfilesBelow(roots: readonly string[], signal: AbortSignal): Promise<string[]> {
  const folders = [...roots];
  const files: string[] = [];
  for (const folder of folders) {
    if (files.length >= MAX_FILES || signal.aborted) break;
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const full = path.join(folder, entry.name);
      const isWanted = !entry.name.startsWith('.') && !SKIPPED.has(entry.name);
      if (entry.isDirectory() && isWanted && folders.length < MAX_FOLDERS) folders.push(full);
      if (entry.isFile() && isSandboxfileName(entry.name) && files.length < MAX_FILES) files.push(full);
    }
  }
  return files;
}
