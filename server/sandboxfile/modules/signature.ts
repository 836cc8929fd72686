import type { Build, Component, Group, Project, Sandbox } from '../model.ts';

/**
 * What other files can see of a file, as one text: while it is the same, they have the same problems.
 * What only a run looks at (the text of scripts and steps, variables, `meta`) is not in it.
 */
export function exportSignature({ sandboxes, builds, groups, modules }: Project): string {
  return JSON.stringify([
    [...sandboxes.values()].map(sandbox),
    [...builds.values()].map(build),
    [...groups.values()].map(group),
    modules.map(({ path, component, name }) => [path, component, name]),
  ]);
}

function sandbox(each: Sandbox): unknown {
  return [component(each), [...each.scripts.keys()], each.scope];
}

function build(each: Build): unknown {
  return [component(each)];
}

function component(each: Component): unknown {
  const { name, image, volumes, ports, envFile, dependsOn, shell, command, imports, exports, groups } = each;
  return [
    [name, image?.text, volumes, ports, envFile, dependsOn, shell, command, imports, [...exports]],
    [...groups].map(([group, { ip, hostname, volumes }]) => [group, ip, hostname, [...volumes]]),
  ];
}

function group({ name, subnet, volumes }: Group): unknown {
  return [name, subnet?.text, [...volumes]];
}
