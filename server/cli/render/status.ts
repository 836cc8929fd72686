import type { PublishedPort, SandboxStatus } from '../../engine/api.ts';
import { formatBytes } from './bytes.ts';
import { printable } from './style.ts';

const header = ['SANDBOX', 'STATUS', 'PIDS', 'CPU', 'MEMORY', 'DISK'];
/** A column beyond the others, only when something is published. */
const PORTS = 'PORTS';
const widths = [15, 10, 15, 12, 12, 12];
const rule = '─'.repeat(80);

export function renderStatus(statuses: readonly SandboxStatus[], now: Date): string {
  const rows = statuses.toSorted(busiestFirst).map(cells);
  const published = statuses.some(({ ports = [] }) => ports.length > 0);
  const headings = columns(published ? [...header, PORTS] : header);
  const lines = [
    `Last updated: ${localTime(now)}`,
    '',
    headings,
    rule,
    ...rows.map(columns),
    ...jails(statuses),
    ...networks(statuses),
    ...quotas(statuses),
  ];
  return `${lines.join('\n')}\n`;
}

function jails(statuses: readonly SandboxStatus[]): readonly string[] {
  const all = [...confined('Jail', statuses, 'jail'), ...confined("Gateway's jail", statuses, 'networkJail')];
  return all.length === 0 ? [] : ['', ...all];
}

/** One line for all that are confined alike. */
function confined(
  what: string,
  statuses: readonly SandboxStatus[],
  jailOf: 'jail' | 'networkJail',
): readonly string[] {
  const alike = new Map<string, string[]>();
  for (const status of statuses) {
    const jail = status[jailOf] ?? [];
    if (jail.length === 0) continue;
    const off = jail.flatMap((each) => (each.off === undefined ? [] : [`${each.part} (${each.off})`]));
    const text = off.length === 0 ? 'on' : `on, but for ${off.join(', ')}`;
    alike.set(text, [...(alike.get(text) ?? []), printable(status.name)]);
  }
  return [...alike].map(([text, names]) =>
    alike.size === 1 ? `${what}: ${text}` : `${what} of ${names.join(', ')}: ${text}`,
  );
}

/** What its network has kept a sandbox from, and what was done in its name. */
function networks(statuses: readonly SandboxStatus[]): readonly string[] {
  return statuses.flatMap(({ name, network }) => {
    if (network === undefined) return [];
    const { denied, limited, secretsUsed, secretsRefused, droppedFrames } = network;
    const dropped = Object.entries(droppedFrames);
    const frames = dropped.reduce((sum, [, count]) => sum + count, 0);
    const said = [
      ...(secretsUsed > 0 ? [`secrets put into requests: ${String(secretsUsed)}`] : []),
      ...(secretsRefused > 0 ? [`placeholders left as they were: ${String(secretsRefused)}`] : []),
      ...(denied > 0 ? [`${String(denied)} denied (\`msb log --audit ${printable(name)}\`)`] : []),
      ...(limited > 0 ? [`${String(limited)} too many at once`] : []),
      ...(frames > 0
        ? [`${String(frames)} frames dropped (${dropped.map(([reason]) => reason).join(', ')})`]
        : []),
    ];
    return said.length === 0 ? [] : [`Network of ${printable(name)}: ${said.join('; ')}`];
  });
}

/** How much of its volumes' quotas a sandbox has used. */
function quotas(statuses: readonly SandboxStatus[]): readonly string[] {
  return statuses.flatMap(({ name, volumes = [] }) =>
    volumes.map(({ guest, usedBytes, quotaBytes }) => {
      const used = `${formatBytes(usedBytes, 2)} of ${formatBytes(quotaBytes, 2)}`;
      return `Volume ${printable(guest)} of ${printable(name)}: ${used}`;
    }),
  );
}

function cells(status: SandboxStatus): readonly string[] {
  const name = printable(status.name);
  if (status.state === 'stopped') {
    const since = status.savedAt === undefined ? '' : `since ${localTime(status.savedAt)}`;
    return [name, since === '' ? 'STOPPED' : 'SAVED', '-', '-', '-', '-', since];
  }
  const { supervisorPid, vmmPid, cpuPercent, memoryBytes, diskBytes } = status;
  return [
    name,
    stateOf(status),
    supervisorPid === undefined && vmmPid === undefined
      ? '-'
      : `${String(supervisorPid ?? '-')}/${String(vmmPid ?? '-')}`,
    cpuPercent === undefined ? '-' : `${cpuPercent.toFixed(1)}%`,
    memoryBytes === undefined ? '-' : `${String(Math.round(memoryBytes / 1024 ** 2))} MiB`,
    diskBytes === undefined ? '-' : formatBytes(diskBytes, 2),
    [...(status.ports ?? []).map(portCell), ...pausedSince(status)].join(', '),
  ];
}

function stateOf({ state, paused = false }: SandboxStatus): string {
  return state === 'running' && paused ? 'PAUSED' : state.toUpperCase();
}

function pausedSince({ pausedAt, idle = false }: SandboxStatus): readonly string[] {
  if (pausedAt === undefined) return [];
  return [`since ${localTime(pausedAt)}${idle ? ', until it is used' : ''}`];
}

function portCell({ host, guest, protocol }: PublishedPort): string {
  return `${String(host)}->${String(guest)}${protocol === 'udp' ? '/udp' : ''}`;
}

function columns(row: readonly string[]): string {
  return row
    .map((cell, index) => cell.padEnd(widths[index] ?? 0))
    .join(' ')
    .trimEnd();
}

function busiestFirst(a: SandboxStatus, b: SandboxStatus): number {
  return (
    rank(a) - rank(b) ||
    (b.cpuPercent ?? 0) - (a.cpuPercent ?? 0) ||
    (b.memoryBytes ?? 0) - (a.memoryBytes ?? 0) ||
    (b.diskBytes ?? 0) - (a.diskBytes ?? 0) ||
    (a.name < b.name ? -1 : 1)
  );
}

function rank({ state }: SandboxStatus): number {
  if (state === 'running') return 0;
  return state === 'stopped' ? 2 : 1;
}

function localTime(time: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${String(time.getFullYear())}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}
