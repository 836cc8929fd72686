import { SandboxfileReader } from './blocks/reader.ts';
import type { Origin, Project } from './model.ts';
import type { LineIndex } from './position.ts';
import type { ProblemList } from './problem-list.ts';

/** A file by itself: what it says, without asking whether its parts fit together. */
export interface FileReading {
  readonly project: Project;
  readonly problems: ProblemList;
  readonly lines: LineIndex;
}

export function readFile(text: string, origin: Origin): FileReading {
  const reading = new SandboxfileReader(origin).read(text);
  for (;;) {
    const step = reading.next();
    if (step.done === true) return step.value;
  }
}
