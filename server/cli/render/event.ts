import type { EngineEvent } from '../../engine/api.ts';
import type { LogLevel } from '../log-level.ts';
import { includes } from '../log-level.ts';
import { renderWarning } from './error.ts';
import type { Style } from './style.ts';
import { printable } from './style.ts';

/** What the log says of an event; nothing when the user did not ask for that much. */
export function renderEvent(event: EngineEvent, level: LogLevel, style: Style): string {
  if (event.kind === 'warning') return includes(level, 'warn') ? renderWarning(event.message, style) : '';
  if (!includes(level, FREQUENT.includes(event.kind) ? 'trace' : 'debug')) return '';
  const { seq, at, sandbox, kind, ...details } = event;
  const about = Object.keys(details).length > 0 ? ` ${JSON.stringify(details)}` : '';
  return style.dim(printable(`${at.toISOString()} #${seq} ${sandbox} ${kind}${about}`)) + '\n';
}

const FREQUENT: readonly EngineEvent['kind'][] = ['image', 'layer'];
