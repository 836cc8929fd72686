/** The editor's group of a script, by its name: `test`, `test:unit`, `build-all`. */
export function groupOf(script: string): 'test' | 'build' | undefined {
  const [, group] = /^(test|build)(?![a-z])/.exec(script) ?? [];
  return group === 'test' || group === 'build' ? group : undefined;
}
