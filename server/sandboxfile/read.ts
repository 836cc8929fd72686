import { assembleProject } from './assemble/project.ts';
import type { Origin, Project } from './model.ts';
import { ProblemList } from './problem-list.ts';
import { project as schema } from './schema/project.ts';
import { Reader, Reading } from './schema/reading.ts';
import { parseYaml } from './syntax/parse.ts';

/** A file by itself: what it says, without asking whether its parts fit together. */
export interface FileReading {
  readonly project: Project;
  readonly problems: ProblemList;
}

export function readFile(text: string, origin: Origin): FileReading {
  const problems = new ProblemList(text);
  const { root, nodeCount } = parseYaml(text, problems);
  if (root === undefined) return { project: assembleProject({}, origin), problems };
  if (root.kind !== 'map') {
    if (!(root.kind === 'scalar' && root.plain && root.text === '')) {
      problems.report('SBX-ROOT', root.span, 'config is not valid. expected an object');
    }
    return { project: assembleProject({}, origin), problems };
  }
  const at = new Reading(new Reader(problems, nodeCount), '', { start: 0, end: 0 });
  return { project: assembleProject(schema.read(root, at) ?? {}, origin), problems };
}
