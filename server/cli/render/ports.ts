import type { PublishedPort } from '../../engine/api.ts';
import { formatHost } from '../../engine/index.ts';
import { printable } from './style.ts';
import { renderTable } from './table.ts';

export interface RunningPorts {
  readonly name: string;
  readonly published: readonly PublishedPort[];
  /** TCP ports with a server in the sandbox. */
  readonly listening: readonly number[];
  /** It cannot be asked which of its ports have a server. */
  readonly paused: boolean;
}

/** What is published, and what could be. */
export function renderPorts(sandboxes: readonly RunningPorts[]): string {
  const rows: string[][] = [['SANDBOX', 'HOST', 'GUEST', 'SERVER']];
  for (const { name, published, listening, paused } of sandboxes) {
    for (const port of published) {
      const { guest, protocol } = port;
      const heard = listening.includes(guest) ? 'listens' : paused ? 'paused' : 'none yet';
      const server = protocol === 'udp' ? '-' : heard;
      rows.push([printable(name), formatHost(port), `${String(guest)}/${protocol}`, server]);
    }
    const reached = new Set(published.filter(({ protocol }) => protocol === 'tcp').map(({ guest }) => guest));
    for (const guest of listening.filter((each) => !reached.has(each))) {
      rows.push([printable(name), '-', `${String(guest)}/tcp`, 'listens, not published']);
    }
  }
  return renderTable(rows);
}
