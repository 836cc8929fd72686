import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { locateProject } from '../project-location.ts';
import { printable } from '../render/style.ts';
import { withProject } from '../open-project.ts';
import type { InvocationOf } from './index.ts';

const emptySandboxfile = `# Sandbox configurations
sandboxes:
`;

/** Makes what is missing of a project; what is there stays as it is. */
export async function init(context: Context, { path }: InvocationOf<'init'>): Promise<number> {
  const { root, file } = await locateProject(path, process.cwd());
  await mkdir(root, { recursive: true });
  const made = await createFile(join(root, file), emptySandboxfile);
  await ignoreState(join(root, '.gitignore'));
  // The folder menv and the database in it are the engine's to make.
  await withProject(context, join(root, file), (project) => project.status());
  const text = made ? `Created ${join(root, file)}` : `${join(root, file)} exists already`;
  await context.stderr.write(`${context.errorStyle.green('✓')} ${printable(text)}\n`);
  return 0;
}

/** Whether the file was not there before. */
async function createFile(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx', flush: true });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function ignoreState(path: string): Promise<void> {
  await createFile(path, '');
  const text = await readFile(path, 'utf8');
  if (text.split(/\r?\n/).some((line) => line === 'menv' || line === 'menv/')) return;
  const separator = text === '' || text.endsWith('\n') ? '' : '\n';
  await appendFile(path, `${separator}menv/\n`, { flush: true });
}
