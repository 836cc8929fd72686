import type { Uri } from 'vscode';
import { sentences } from '../../host/failures.ts';
import type { ProjectFile } from '../projects/project-file.ts';
import type { Projects } from '../projects/projects.ts';
import { phaseText, stateText } from '../projects/state-text.ts';
import { isUp } from '../projects/live-state.ts';
import type { SandboxSnapshot, Snapshot, Usage } from './messages.ts';
import { usageOf } from './usage.ts';
import type { Sample } from './usage.ts';

/** A list of processes is for an overview. */
const PROCESSES = 64;

export function idOf(file: Uri, sandbox: string): string {
  return `${file.toString()}#${sandbox}`;
}

/** Looks at what runs, and remembers enough to tell rates. */
export class Sampler {
  readonly #projects: Projects;
  readonly #last = new Map<string, Sample>();

  constructor(projects: Projects) {
    this.#projects = projects;
  }

  async snapshot(): Promise<Snapshot> {
    const all = this.#projects.all.flatMap((file) => file.names.map((name) => this.#look(file, name)));
    return { sandboxes: await Promise.all(all) };
  }

  async #look(file: ProjectFile, name: string): Promise<SandboxSnapshot> {
    const id = idOf(file.uri, name);
    const state = file.state(name);
    const start = file.startTimes(name).map(({ step, ms }) => ({ step: phaseText(step), ms }));
    const usage = state.kind === 'running' ? await this.#usage(id, file, name) : undefined;
    if (usage === undefined) this.#last.delete(id);
    return {
      id,
      name,
      state: stateText(state),
      isUp: isUp(state) && state.kind !== 'paused',
      ...(state.kind === 'failed' ? { reason: sentences(state) } : {}),
      ...(usage === undefined ? {} : { usage }),
      ...(start.length === 0 ? {} : { start }),
    };
  }

  /** Undefined when it has just ended, or does not answer in time. */
  async #usage(id: string, file: ProjectFile, name: string): Promise<Usage | undefined> {
    try {
      const sandbox = await file.project?.find(name);
      if (sandbox === undefined) return undefined;
      const sample = { stats: await sandbox.stats(PROCESSES), atMs: performance.now() };
      const usage = usageOf(sample, this.#last.get(id));
      this.#last.set(id, sample);
      return usage;
    } catch {
      return undefined;
    }
  }
}
