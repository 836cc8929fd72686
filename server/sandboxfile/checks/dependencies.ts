import { quote } from '../grammars/grammar.ts';
import { shortestPath, strongComponents, type Graph } from '../graph.ts';
import type { Build, Component, Sandbox } from '../model.ts';
import type { Span } from '../position.ts';
import type { ProblemList } from '../problem-list.ts';
import { ownBuilds, ownSandboxes, type Check } from './check.ts';

/** Edges of the longest chain that is allowed. */
export const MAX_DEPENDENCY_DEPTH = 32;
/** Cycles of more members are named by their first ones only. */
const MAX_SHOWN = 32;

export const checkDependencies: Check = (subject, problems) => {
  const { project, unresolved } = subject;
  const sandboxes = { kind: 'sandbox', all: project.sandboxes, unresolved };
  const builds = { kind: 'build', all: project.builds, unresolved };
  checkKind(ownSandboxes(subject), sandboxes, problems);
  checkKind(ownBuilds(subject), builds, problems);
};

interface Known {
  readonly kind: string;
  readonly all: ReadonlyMap<string, Component>;
  readonly unresolved: ReadonlySet<string>;
}

interface Cycles {
  /** The circle that a name is in: its members and the edges between them. */
  readonly of: ReadonlyMap<string, Graph>;
  /** Edges of the longest chain below a name, circles left out. */
  readonly depth: ReadonlyMap<string, number>;
}

function checkKind(own: readonly (Sandbox | Build)[], known: Known, problems: ProblemList): void {
  const cycles = analyse(dependencyGraph(known.all));
  const rank = new Map([...known.all.keys()].map((name, index) => [name, index]));
  for (const component of own) {
    const circle = cycles.of.get(component.name);
    const seen = new Set<string>();
    for (const { value: name, span } of component.fields.depends_on?.value ?? []) {
      if (seen.has(name)) {
        problems.report('SBX-DEP-DUP', span, `'${quote(name)}' is listed more than once`);
      } else if (!known.all.has(name)) {
        reportUnknown(component.name, name, span, known, problems);
      } else if (circle?.has(name) === true) {
        const shown = showCycle(circle, component.name, name, rank);
        problems.report('SBX-DEP-CYCLE', span, `dependency cycle: ${shown}`);
      } else if (isOneTooDeep(component.name, name, cycles)) {
        const limit = String(MAX_DEPENDENCY_DEPTH);
        problems.report('SBX-DEP-DEPTH', span, `dependency chain longer than ${limit}`);
      }
      seen.add(name);
    }
  }
}

/** Edges between the components that exist. */
export function dependencyGraph(components: ReadonlyMap<string, Component>): Graph {
  return new Map(
    [...components].map(([name, { dependsOn }]) => [
      name,
      [...new Set(dependsOn)].filter((needed) => components.has(needed)),
    ]),
  );
}

function analyse(graph: Graph): Cycles {
  const of = new Map<string, Graph>();
  const depth = new Map<string, number>();
  for (const members of strongComponents(graph)) {
    const circle = restrict(graph, new Set(members));
    for (const name of members) {
      const needed = graph.get(name) ?? [];
      if (members.length > 1 || needed.includes(name)) of.set(name, circle);
      const below = needed.filter((other) => !circle.has(other)).map((other) => (depth.get(other) ?? 0) + 1);
      depth.set(
        name,
        below.reduce((longest, chain) => Math.max(longest, chain), 0),
      );
    }
  }
  return { of, depth };
}

function restrict(graph: Graph, names: ReadonlySet<string>): Graph {
  return new Map(
    [...names].map((name) => [name, (graph.get(name) ?? []).filter((other) => names.has(other))]),
  );
}

/** Only the first component of a chain that is too long is blamed, not those above it too. */
function isOneTooDeep(name: string, needed: string, { depth }: Cycles): boolean {
  return depth.get(name) === MAX_DEPENDENCY_DEPTH + 1 && depth.get(needed) === MAX_DEPENDENCY_DEPTH;
}

/** The circle as it starts with its first member in the file. */
function showCycle(circle: Graph, from: string, to: string, rank: ReadonlyMap<string, number>): string {
  if (circle.size > MAX_SHOWN) {
    return `${quote(from)} -> ${quote(to)} -> … (${String(circle.size)} in all)`;
  }
  const path = shortestPath(circle, to, from);
  const order = path.map((name) => rank.get(name) ?? 0);
  const start = order.indexOf(Math.min(...order));
  const turned = [...path.slice(start), ...path.slice(0, start)];
  return [...turned, turned[0] ?? from].map(quote).join(' -> ');
}

function reportUnknown(from: string, name: string, span: Span, known: Known, problems: ProblemList): void {
  if (known.unresolved.has(name)) return;
  const others = [...known.all.keys()].filter((other) => other !== from);
  const suggestion = problems.nearest(name, others);
  const message = `'${quote(from)}' depends on unknown ${known.kind} '${quote(name)}'`;
  problems.report('SBX-DEP-UNKNOWN', span, message, {
    data: { name, ...(suggestion === undefined ? {} : { suggestion }) },
  });
}
