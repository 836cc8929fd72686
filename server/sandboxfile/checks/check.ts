import type { Build, Component, Project, Sandbox } from '../model.ts';
import type { ProblemList } from '../problem-list.ts';

/** Looks for one kind of contradiction between the parts of a file. */
export type Check = (subject: Subject, problems: ProblemList) => void;

export interface Subject {
  /** With what its modules bring, as far as they were loaded. */
  readonly project: Project;
  /** Names that modules bring but that are not known yet: they may be anything. */
  readonly unresolved: ReadonlySet<string>;
}

/** Sandboxes written in this file: problems of imported ones are shown in theirs. */
export function ownSandboxes({ project }: Subject): readonly Sandbox[] {
  return own(project, project.sandboxes);
}

export function ownBuilds({ project }: Subject): readonly Build[] {
  return own(project, project.builds);
}

export function ownComponents(subject: Subject): readonly (Sandbox | Build)[] {
  return [...ownSandboxes(subject), ...ownBuilds(subject)];
}

function own<C extends Component>(project: Project, components: ReadonlyMap<string, C>): readonly C[] {
  return [...components.values()].filter((component) => component.origin === project.origin);
}
