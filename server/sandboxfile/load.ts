import { checkHost } from './host/check.ts';
import { resolveHostPath } from './grammars/host-path.ts';
import type { ProjectFiles } from './files.ts';
import { ModuleLoader } from './modules/loader.ts';
import { originOf, type ParseOptions, type ParseResult } from './parse.ts';

/** Reads a file with its modules and env files and compares it with the host. */
export async function loadSandboxfile(
  text: string,
  options: ParseOptions,
  files: ProjectFiles,
): Promise<ParseResult> {
  const origin = originOf(options);
  const loader = new ModuleLoader(files);
  const { project, problems } = await loader.load(text, origin, [
    resolveHostPath(origin.folder, origin.file),
  ]);
  await checkHost(project, files, problems);
  return { project, problems: problems.sorted() };
}
