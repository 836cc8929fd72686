import type { Project, Protocol } from '../../sandboxfile/index.ts';

/** Below this only the superuser may listen on many hosts. */
const FIRST_PORT = 1024;
const LAST_PORT = 65535;
/** Added to a guest port that is too low for the host: 80 becomes 8080. */
const OFFSET = 8000;

/** A host port near `wanted` that no sandbox of the file uses. */
export function freeHostPort(project: Project, wanted: number, protocol: Protocol): number {
  const used = new Set(
    [...project.sandboxes.values()]
      .flatMap(({ ports }) => ports)
      .filter((port) => port.protocol === protocol)
      .map(({ host }) => host),
  );
  const start = wanted >= FIRST_PORT && wanted <= LAST_PORT ? wanted : OFFSET + (wanted % FIRST_PORT);
  for (let step = 0; step <= LAST_PORT - FIRST_PORT; step++) {
    const port = FIRST_PORT + ((start - FIRST_PORT + step) % (LAST_PORT - FIRST_PORT + 1));
    if (!used.has(port)) return port;
  }
  return start;
}
