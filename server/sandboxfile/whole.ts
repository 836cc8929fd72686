import { assembleProject } from './assemble/project.ts';
import type { Origin } from './model.ts';
import type { LineIndex } from './position.ts';
import { ProblemList } from './problem-list.ts';
import type { FileReading } from './read.ts';
import type { ProjectFields } from './schema/fields.ts';
import { project as schema } from './schema/project.ts';
import { Reader, Reading } from './schema/reading.ts';
import type { Field } from './schema/schema.ts';
import type { Steps } from './steps.ts';
import type { MapEntry, MapNode } from './syntax/node.ts';
import { parseYaml } from './syntax/parse.ts';

/** A file whose pieces need one another. */
export function* readWhole(text: string, origin: Origin, lines: LineIndex): Steps<FileReading> {
  const problems = new ProblemList(lines);
  const { root, nodeCount } = yield* parseYaml(text, problems);
  if (root === undefined) return { project: yield* assembleProject({}, origin), problems, lines };
  if (root.kind !== 'map') {
    if (!(root.kind === 'scalar' && root.plain && root.text === '')) {
      problems.report('SBX-ROOT', root.span, 'config is not valid. expected an object');
    }
    return { project: yield* assembleProject({}, origin), problems, lines };
  }
  const fields = yield* readRoot(root, new Reader(problems, nodeCount));
  yield;
  return { project: yield* assembleProject(fields, origin), problems, lines };
}

type Names = Map<string, Field<unknown>>;

/** Entry by entry, sections name by name. */
function* readRoot(root: MapNode, reader: Reader): Steps<ProjectFields> {
  const fields: Record<string, Field<unknown>> = {};
  const read = (entry: MapEntry): Readonly<Record<string, Field<unknown>>> => {
    const at = new Reading(reader, '', { start: 0, end: 0 });
    return schema.read({ ...root, entries: [entry] }, at) ?? {};
  };
  for (const { key, value } of root.entries) {
    if (!SECTIONS.has(key.text) || value.kind !== 'map') Object.assign(fields, read({ key, value }));
    else {
      const names: Names = new Map();
      for (const entry of value.entries) {
        const section = read({ key, value: { ...value, entries: [entry] } })[key.text];
        for (const [name, field] of (section?.value ?? []) as Names) names.set(name, field);
        yield;
      }
      fields[key.text] = { key: key.span, span: value.span, value: names };
    }
    yield;
  }
  return fields;
}

const SECTIONS: ReadonlySet<string> = new Set(['sandboxes', 'builds', 'groups']);
