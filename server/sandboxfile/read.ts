import { SandboxfileReader } from './blocks/reader.ts';
import type { Origin, Project } from './model.ts';
import type { LineIndex } from './position.ts';
import type { ProblemList } from './problem-list.ts';
import { finish } from './steps.ts';

/** A file by itself: what it says, without asking whether its parts fit together. */
export interface FileReading {
  readonly project: Project;
  readonly problems: ProblemList;
  readonly lines: LineIndex;
}

export function readFile(text: string, origin: Origin): FileReading {
  return finish(new SandboxfileReader(origin).read(text));
}
