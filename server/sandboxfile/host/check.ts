import type { ProjectFiles } from '../files.ts';
import { parseEnvFile } from '../grammars/env-file.ts';
import { quote } from '../grammars/grammar.ts';
import { resolveHostPath } from '../grammars/host-path.ts';
import type { Build, Project, Sandbox } from '../model.ts';
import { NO_ENTRY_MESSAGE, selectProgram } from '../plan/select.ts';
import { envFilePath } from '../plan/sandbox.ts';
import { ownComponents } from '../checks/check.ts';
import type { ProblemList } from '../problem-list.ts';

/** What a file says about the host that is not so there. */
export async function checkHost(project: Project, files: ProjectFiles, problems: ProblemList): Promise<void> {
  for (const component of ownComponents({ project, unresolved: new Set() })) {
    await checkImage(component, files, problems);
    await checkVolumes(component, files, problems);
    await checkEnvFile(component, files, problems);
    if (component.kind === 'sandbox') await checkEntry(component, files, problems);
    await files.pause?.();
  }
}

async function checkImage(
  component: Sandbox | Build,
  files: ProjectFiles,
  problems: ProblemList,
): Promise<void> {
  const field = component.fields.image;
  if (field?.value?.kind !== 'path') return;
  const path = resolveHostPath(component.origin.folder, field.value.text);
  const tag = path.lastIndexOf('#');
  if ((await files.exists?.(path)) !== false) return;
  if (tag >= 0 && (await files.exists?.(path.slice(0, tag))) !== false) return;
  problems.report('SBX-IMAGE-PATH', field.span, `root path does not exist: ${quote(path)}`);
}

async function checkVolumes(
  component: Sandbox | Build,
  files: ProjectFiles,
  problems: ProblemList,
): Promise<void> {
  for (const { value, span } of component.fields.volumes?.value ?? []) {
    const path = resolveHostPath(component.origin.folder, value.host);
    if ((await files.exists?.(path)) !== false) continue;
    problems.report('SBX-VOLUME-HOST', span, `host path does not exist: ${quote(path)}`);
  }
}

async function checkEnvFile(
  component: Sandbox | Build,
  files: ProjectFiles,
  problems: ProblemList,
): Promise<void> {
  const field = component.fields.env_file;
  const path = envFilePath(component);
  if (field === undefined || path === undefined) return;
  const text = await files.readFile(path);
  if (text === undefined) {
    problems.report('SBX-ENVFILE-PATH', field.span, `env file does not exist: ${quote(path)}`);
    return;
  }
  for (const fault of parseEnvFile(text, component.envFile ?? path).faults) {
    problems.report('SBX-ENVFILE', field.span, fault.message, { data: { line: fault.line } });
  }
}

async function checkEntry(sandbox: Sandbox, files: ProjectFiles, problems: ProblemList): Promise<void> {
  const image = await files.imageConfig?.(sandbox);
  if (image === undefined) return;
  const selection = selectProgram(sandbox, {}, image);
  if (!selection.ok) problems.report('SBX-NO-ENTRY', sandbox.place.name, NO_ENTRY_MESSAGE);
}
