/** Who needs whom; every name that is needed is a key too. */
export type Graph = ReadonlyMap<string, readonly string[]>;

/**
 * Sets of names that need each other in a circle, and all others alone; what is needed comes before
 * who needs it. Tarjan's algorithm with its own stack: chains may be longer than the call stack.
 */
export function strongComponents(graph: Graph): readonly (readonly string[])[] {
  const components: string[][] = [];
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const open: string[] = [];
  const isOpen = new Set<string>();
  const calls: { name: string; next: number }[] = [];

  const enter = (name: string): void => {
    low.set(name, order.size);
    order.set(name, order.size);
    open.push(name);
    isOpen.add(name);
    calls.push({ name, next: 0 });
  };
  const lower = (name: string, value: number): void => {
    low.set(name, Math.min(low.get(name) ?? value, value));
  };

  for (const start of graph.keys()) {
    if (!order.has(start)) enter(start);
    for (let call = calls.at(-1); call !== undefined; call = calls.at(-1)) {
      const { name } = call;
      const needed = graph.get(name)?.[call.next++];
      if (needed !== undefined) {
        if (!order.has(needed)) enter(needed);
        else if (isOpen.has(needed)) lower(name, order.get(needed) ?? 0);
        continue;
      }
      calls.pop();
      const parent = calls.at(-1);
      if (parent !== undefined) lower(parent.name, low.get(name) ?? 0);
      if (low.get(name) !== order.get(name)) continue;
      const component = open.splice(open.lastIndexOf(name));
      for (const member of component) isOpen.delete(member);
      components.push(component);
    }
  }
  return components;
}

/** Names from `from` to `to` along the fewest edges; empty when there is no way. */
export function shortestPath(graph: Graph, from: string, to: string): readonly string[] {
  const cameFrom = new Map<string, string | undefined>([[from, undefined]]);
  for (const name of cameFrom.keys()) {
    if (name === to) return pathTo(to, cameFrom);
    for (const needed of graph.get(name) ?? []) {
      if (!cameFrom.has(needed)) cameFrom.set(needed, name);
    }
  }
  return [];
}

function pathTo(to: string, cameFrom: ReadonlyMap<string, string | undefined>): readonly string[] {
  const path: string[] = [];
  for (let name: string | undefined = to; name !== undefined; name = cameFrom.get(name)) path.push(name);
  return path.reverse();
}
