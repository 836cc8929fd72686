import { quote } from '../grammars/grammar.ts';
import type { Build, Group } from '../model.ts';
import type { Check } from './check.ts';

/**
 * Builds and groups that a module brings for nothing. What the file itself defines is there for others to
 * import, and sandboxes are there to be run.
 */
export const checkUnused: Check = ({ project }, problems) => {
  const brought = [...project.builds.values(), ...project.groups.values()].filter(
    (component) => component.origin !== project.origin,
  );
  if (brought.length === 0) return;
  const used = new Set<string>();
  const artifacts = new Set<string>();
  for (const component of [...project.sandboxes.values(), ...project.builds.values()]) {
    for (const group of component.groups.keys()) used.add(slot('group', group));
    if (component.kind === 'build') for (const name of component.dependsOn) used.add(slot('build', name));
    for (const entry of component.imports) {
      if (entry.kind === 'host') continue;
      if (entry.build === undefined) artifacts.add(entry.name);
      else used.add(slot('build', entry.build));
    }
  }
  const isUsed = (component: Build | Group): boolean =>
    used.has(slot(component.kind, component.name)) ||
    (component.kind === 'build' && [...component.exports.keys()].some((name) => artifacts.has(name)));
  for (const mapping of project.modules) {
    const here = brought.filter(({ name }) => name === mapping.name);
    const [first] = here;
    if (first === undefined || here.some(isUsed) || project.sandboxes.has(mapping.name)) continue;
    const message = `${first.kind} '${quote(mapping.name)}' is imported and not used`;
    problems.report('SBX-UNUSED', mapping.place.component, message);
  }
};

function slot(kind: string, name: string): string {
  return `${kind} ${name}`;
}
