import { workspace } from 'vscode';
import type { Container } from '../../container.ts';
import type { ProjectFile } from '../projects/project-file.ts';
import type { SandboxfileApi, SandboxInfo } from './api.ts';

export function createApi(container: Container): SandboxfileApi {
  const { projects } = container;
  return {
    version: 1,
    onDidChange: projects.onDidChange,
    sandboxes: async () => {
      if (!workspace.isTrusted) return [];
      await projects.ready();
      return projects.all.flatMap(infosOf);
    },
    exec: async ({ file, name }, command, signal = new AbortController().signal) => {
      await projects.ready();
      const found = projects.get(file);
      if (found === undefined) throw new Error(`${file.toString()} is not a Sandboxfile of this workspace`);
      const { executeIn, undefinedSandbox } = await import('../agents/actions.ts');
      if (!found.sandboxNames.includes(name)) throw undefinedSandbox(name);
      return executeIn(container, { file: found, sandbox: name }, command, signal);
    },
  };
}

function infosOf(file: ProjectFile): readonly SandboxInfo[] {
  return file.sandboxNames.map((name) => {
    const { kind } = file.state(name);
    const [isPaused, isSaved] = [kind === 'paused', kind === 'saved'];
    return {
      file: file.uri,
      name,
      state: kind === 'paused' ? 'running' : kind === 'saved' ? 'stopped' : kind,
      isPaused,
      isSaved,
      scripts: [...(file.project?.model.sandboxes.get(name)?.scripts.keys() ?? [])],
    };
  });
}
