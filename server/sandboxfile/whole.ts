import { assembleProject } from './assemble/project.ts';
import type { Origin } from './model.ts';
import type { LineIndex } from './position.ts';
import { ProblemList } from './problem-list.ts';
import type { FileReading } from './read.ts';
import { project as schema } from './schema/project.ts';
import { Reader, Reading } from './schema/reading.ts';
import { parseYaml } from './syntax/parse.ts';

/** A file whose pieces need one another. */
export function readWhole(text: string, origin: Origin, lines: LineIndex): FileReading {
  const problems = new ProblemList(lines);
  const { root, nodeCount } = parseYaml(text, problems);
  if (root === undefined) return { project: assembleProject({}, origin), problems, lines };
  if (root.kind !== 'map') {
    if (!(root.kind === 'scalar' && root.plain && root.text === '')) {
      problems.report('SBX-ROOT', root.span, 'config is not valid. expected an object');
    }
    return { project: assembleProject({}, origin), problems, lines };
  }
  const at = new Reading(new Reader(problems, nodeCount), '', { start: 0, end: 0 });
  return { project: assembleProject(schema.read(root, at) ?? {}, origin), problems, lines };
}
