import { cursorAt } from '../../cursor/cursor.ts';
import { scalar } from '../scalar.ts';
import { problemSpan, type Fixer } from './fix.ts';

/** `artifact: /path` under one of the builds that export it. */
export const nestUnderBuild: Fixer = ({ document }, problem) => {
  const { text, project } = document;
  const key = problemSpan(problem);
  const [section, name = ''] = cursorAt(text, key.start).path.map((segment) => segment.key ?? '');
  const component = section === 'builds' ? project.builds.get(name) : project.sandboxes.get(name);
  const imports = component?.fields.imports?.value;
  const entry = [...(imports?.values() ?? [])].find((field) => field.key.start === key.start);
  const builds = problem.data?.['builds'];
  if (entry === undefined || entry.span.start < key.end || !Array.isArray(builds)) return [];
  const artifact = text.slice(key.start, entry.span.end);
  return builds
    .filter((build): build is string => typeof build === 'string' && imports?.has(build) === false)
    .map((build) => ({
      title: `Import from build '${build}'`,
      changes: [{ start: key.start, end: entry.span.end, text: `${scalar(build, true)}: {${artifact}}` }],
    }));
};
