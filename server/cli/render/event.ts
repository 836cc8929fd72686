import type { EngineEvent } from '../../engine/api.ts';
import type { LogLevel } from '../log-level.ts';
import { includes } from '../log-level.ts';
import { renderWarning } from './error.ts';
import type { Style } from './style.ts';
import { eraseLine, printable } from './style.ts';

/** What the log says of an event; nothing when the user did not ask for that much. */
export function renderEvent(event: EngineEvent, level: LogLevel, style: Style): string {
  const line = text(event, level, style);
  // A live progress line may stand there; it is drawn again below.
  return line !== '' && style.live ? eraseLine + line : line;
}

function text(event: EngineEvent, level: LogLevel, style: Style): string {
  if (event.kind === 'warning') return includes(level, 'warn') ? renderWarning(event.message, style) : '';
  if (!includes(level, event.kind === 'image' ? 'trace' : 'debug')) return '';
  const { seq, at, sandbox, kind, ...details } = event;
  const about = Object.keys(details).length > 0 ? ` ${JSON.stringify(details)}` : '';
  return style.dim(printable(`${at.toISOString()} #${seq} ${sandbox} ${kind}${about}`)) + '\n';
}
