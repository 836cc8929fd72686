import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

export const root = path.dirname(path.dirname(import.meta.dirname));

/** The project's files as git knows them, and new ones that it does not ignore. */
export async function trackedFiles(): Promise<readonly string[]> {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const { stdout } = await promisify(execFile)('git', args, { cwd: root, maxBuffer: 64 * 1024 * 1024 });
  const { stdout: deleted } = await promisify(execFile)('git', ['ls-files', '--deleted'], { cwd: root });
  const gone = new Set(deleted.split('\n'));
  return stdout.split('\n').filter((file) => file !== '' && !gone.has(file));
}
