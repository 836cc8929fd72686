import { quote } from '../grammars/grammar.ts';
import { segmentFault } from '../grammars/segment.ts';
import type { Build } from '../model.ts';
import type { Span } from '../position.ts';
import type { ProblemList } from '../problem-list.ts';
import type { Field } from '../schema/schema.ts';
import { ownComponents, type Check, type Subject } from './check.ts';

export const checkImports: Check = (subject, problems) => {
  const exporters = exportersOf(subject);
  for (const { fields } of ownComponents(subject)) {
    for (const [name, field] of fields.imports?.value ?? []) {
      if (field.value === undefined) continue;
      if (!('kind' in field.value)) checkNested(name, field.key, field.value, subject, problems);
      else if (field.value.kind === 'artifact') checkFlat(name, field.key, exporters, subject, problems);
      else checkHostName(name, field.key, problems);
    }
  }
};

/** Builds by the names they export. */
function exportersOf({ project }: Subject): ReadonlyMap<string, readonly Build[]> {
  const exporters = new Map<string, Build[]>();
  for (const build of project.builds.values()) {
    for (const name of build.exports.keys()) {
      const others = exporters.get(name);
      if (others === undefined) exporters.set(name, [build]);
      else others.push(build);
    }
  }
  return exporters;
}

/** What the host gives is mounted under this name. */
function checkHostName(name: string, key: Span, problems: ProblemList): void {
  const reason = segmentFault(name);
  if (reason !== undefined) problems.report('SBX-IMPORT-PATH', key, reason);
}

function checkNested(
  name: string,
  key: Span,
  artifacts: ReadonlyMap<string, Field<string>>,
  { project, unresolved }: Subject,
  problems: ProblemList,
): void {
  const build = project.builds.get(name);
  if (build === undefined) {
    if (unresolved.has(name)) return;
    const suggestion = problems.nearest(name, project.builds.keys());
    problems.report('SBX-IMPORT-BUILD', key, `unknown build '${quote(name)}'`, data(suggestion));
    return;
  }
  for (const [artifact, field] of artifacts) {
    if (build.exports.has(artifact)) continue;
    const message = `build '${quote(name)}' does not export '${quote(artifact)}'`;
    problems.report(
      'SBX-IMPORT-EXPORT',
      field.key,
      message,
      data(problems.nearest(artifact, build.exports.keys())),
    );
  }
}

function checkFlat(
  name: string,
  key: Span,
  exporters: ReadonlyMap<string, readonly Build[]>,
  { unresolved }: Subject,
  problems: ProblemList,
): void {
  const builds = exporters.get(name) ?? [];
  if (builds.length === 0 && unresolved.size === 0) {
    const suggestion = problems.nearest(name, exporters.keys());
    problems.report('SBX-IMPORT-EXPORT', key, `no build exports '${quote(name)}'`, data(suggestion));
  }
  if (builds.length > 1) {
    const names = builds.map((build) => `'${quote(build.name)}'`).join(', ');
    const message = `'${quote(name)}' is exported by several builds: ${names}; write it under one of them`;
    problems.report('SBX-IMPORT-AMBIGUOUS', key, message, {
      data: { builds: builds.map((build) => build.name) },
    });
  }
}

function data(suggestion: string | undefined) {
  return suggestion === undefined ? {} : { data: { suggestion } };
}
