import { dependencyGraph } from '../checks/dependencies.ts';
import { quote } from '../grammars/grammar.ts';
import type { Graph } from '../graph.ts';
import type { Project } from '../model.ts';

export type OrderResult =
  | { readonly ok: true; readonly names: readonly string[] }
  | { readonly ok: false; readonly reason: OrderFailure; readonly message: string };

export type OrderFailure = 'sandbox-not-found' | 'dependency-not-found' | 'dependency-cycle';

/**
 * The named sandboxes (default: all) and what they need, each after what it needs; in file order where
 * nothing else decides.
 */
export function startOrder(project: Project, names?: readonly string[]): OrderResult {
  const wanted = names === undefined || names.length === 0 ? [...project.sandboxes.keys()] : names;
  const missing = [...new Set(wanted)].filter((name) => !project.sandboxes.has(name));
  if (missing.length > 0) {
    const list = missing.map(quote).join(', ');
    return failure('sandbox-not-found', `cannot find sandbox: '${list}' in '${project.origin.file}'`);
  }
  const needed = closure(project, wanted);
  for (const name of needed) {
    const unknown = project.sandboxes.get(name)?.dependsOn.find((other) => !project.sandboxes.has(other));
    if (unknown !== undefined) {
      const message = `'${quote(name)}' depends on unknown sandbox '${quote(unknown)}'`;
      return failure('dependency-not-found', message);
    }
  }
  const sorted = topological(dependencyGraph(project.sandboxes), needed);
  return sorted.length === needed.size
    ? { ok: true, names: sorted }
    : failure('dependency-cycle', 'dependency cycle');
}

/** The named sandboxes (default: all) only, each before what it needs. */
export function stopOrder(project: Project, names?: readonly string[]): readonly string[] {
  const all = new Set(project.sandboxes.keys());
  const order = topological(dependencyGraph(project.sandboxes), all).toReversed();
  const wanted = names === undefined || names.length === 0 ? all : new Set(names);
  return order.filter((name) => wanted.has(name));
}

/** The names and all they need, in file order. */
function closure(project: Project, names: readonly string[]): ReadonlySet<string> {
  const reached = new Set(names);
  for (const name of reached) {
    for (const other of project.sandboxes.get(name)?.dependsOn ?? []) {
      if (project.sandboxes.has(other)) reached.add(other);
    }
  }
  return new Set([...project.sandboxes.keys()].filter((name) => reached.has(name)));
}

/** Rounds of what is ready, so that nothing waits for more than it needs. Circles are left out. */
function topological(graph: Graph, names: ReadonlySet<string>): readonly string[] {
  const done = new Set<string>();
  const waiting = new Map([...names].map((name) => [name, graph.get(name) ?? []]));
  for (let progress = true; progress;) {
    const ready = [...waiting].filter(([, needed]) => needed.every((other) => done.has(other)));
    progress = ready.length > 0;
    for (const [name] of ready) {
      done.add(name);
      waiting.delete(name);
    }
  }
  return [...done];
}

function failure(reason: OrderFailure, message: string): OrderResult {
  return { ok: false, reason, message };
}
