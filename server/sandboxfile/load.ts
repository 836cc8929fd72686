import { checkHost } from './host/check.ts';
import { resolveHostPath } from './grammars/host-path.ts';
import type { ProjectFiles } from './files.ts';
import { ModuleLoader } from './modules/loader.ts';
import { originOf, type ParseOptions, type ParseResult } from './parse.ts';
import { readFile, type FileReading } from './read.ts';

/** Reads a file with its modules and env files and compares it with the host. */
export function loadSandboxfile(
  text: string,
  options: ParseOptions,
  files: ProjectFiles,
): Promise<ParseResult> {
  return loadReading(readFile(text, originOf(options)), files);
}

/** The same for a file that was read before. */
export async function loadReading(reading: FileReading, files: ProjectFiles): Promise<ParseResult> {
  const { folder, file } = reading.project.origin;
  const loader = new ModuleLoader(files);
  const loaded = await loader.load(reading, [resolveHostPath(folder, file)]);
  await checkHost(loaded.project, files, loaded.problems, (path) => loader.linesOf(path));
  return { project: loaded.project, problems: loaded.problems.sorted() };
}
