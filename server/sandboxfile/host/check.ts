import type { ProjectFiles } from '../files.ts';
import { parseEnvFile } from '../grammars/env-file.ts';
import { quote } from '../grammars/grammar.ts';
import { resolveHostPath } from '../grammars/host-path.ts';
import type { Build, Project, Sandbox } from '../model.ts';
import { NO_ENTRY_MESSAGE, selectProgram } from '../plan/select.ts';
import { envFilePath } from '../plan/sandbox.ts';
import type { LineIndex } from '../position.ts';
import type { ProblemList } from '../problem-list.ts';

/**
 * What a file and the components that it imports say about the host that is not so there. Of imported
 * ones it is told where they are imported. `linesOf`: of the file at an absolute path.
 */
export async function checkHost(
  project: Project,
  files: ProjectFiles,
  problems: ProblemList,
  linesOf: (file: string) => LineIndex | undefined,
): Promise<void> {
  for (const component of [...project.sandboxes.values(), ...project.builds.values()]) {
    const report =
      component.origin === project.origin
        ? problems.report.bind(problems)
        : reportAtImport(project, component, problems, linesOf(component.origin.file));
    await checkImage(component, files, report);
    await checkVolumes(component, files, report);
    await checkEnvFile(component, files, report);
    if (component.kind === 'sandbox') await checkEntry(component, files, report);
    await files.pause?.();
  }
}

type Report = ProblemList['report'];

function reportAtImport(
  { modules }: Project,
  { name, origin }: Sandbox | Build,
  problems: ProblemList,
  lines: LineIndex | undefined,
): Report {
  const mapping = modules.find((module) => module.name === name);
  return (id, span, message, details) => {
    if (mapping === undefined) return;
    const related = lines && [{ file: origin.file, range: lines.range(span), message: 'written here' }];
    const text = `'${quote(mapping.component)}' of module '${quote(mapping.path)}': ${message}`;
    problems.report(id, mapping.place.component, text, { ...details, ...(related && { related }) });
  };
}

async function checkImage(component: Sandbox | Build, files: ProjectFiles, report: Report): Promise<void> {
  const field = component.fields.image;
  if (field?.value?.kind !== 'path') return;
  const path = resolveHostPath(component.origin.folder, field.value.text);
  const tag = path.lastIndexOf('#');
  if ((await files.exists?.(path)) !== false) return;
  if (tag >= 0 && (await files.exists?.(path.slice(0, tag))) !== false) return;
  report('SBX-IMAGE-PATH', field.span, `root path does not exist: ${quote(path)}`);
}

async function checkVolumes(component: Sandbox | Build, files: ProjectFiles, report: Report): Promise<void> {
  for (const { value, span } of component.fields.volumes?.value ?? []) {
    const path = resolveHostPath(component.origin.folder, value.host);
    if ((await files.exists?.(path)) !== false) continue;
    report('SBX-VOLUME-HOST', span, `host path does not exist: ${quote(path)}`);
  }
}

async function checkEnvFile(component: Sandbox | Build, files: ProjectFiles, report: Report): Promise<void> {
  const field = component.fields.env_file;
  const path = envFilePath(component);
  if (field === undefined || path === undefined) return;
  const text = await files.readFile(path);
  if (text === undefined) {
    report('SBX-ENVFILE-PATH', field.span, `env file does not exist: ${quote(path)}`);
    return;
  }
  for (const fault of parseEnvFile(text, component.envFile ?? path).faults) {
    report('SBX-ENVFILE', field.span, fault.message, { data: { line: fault.line } });
  }
}

async function checkEntry(sandbox: Sandbox, files: ProjectFiles, report: Report): Promise<void> {
  const image = await files.imageConfig?.(sandbox);
  if (image === undefined) return;
  const selection = selectProgram(sandbox, {}, image);
  if (!selection.ok) report('SBX-NO-ENTRY', sandbox.place.name, NO_ENTRY_MESSAGE);
}
