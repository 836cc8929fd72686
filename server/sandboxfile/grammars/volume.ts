import { accept, quote, reject, type Grammar, type Parsed } from './grammar.ts';
import { foldGuestPath } from './guest-path.ts';
import { startsWithDrive } from './host-path.ts';

export interface Volume {
  /** As written: may be relative to the Sandboxfile's folder. */
  readonly host: string;
  /** Absolute, folded. */
  readonly guest: string;
  readonly readOnly: boolean;
}

/** `path`, or `host:guest` with an optional `:ro` or `:rw`. */
export const volume: Grammar<Volume> = (text) => {
  const from = startsWithDrive(text) ? 2 : 0;
  const colon = text.indexOf(':', from);
  if (colon < 0) return text === '' ? invalidPair(text) : withGuest(text, text, false);
  const host = text.slice(0, colon);
  const rest = text.slice(colon + 1);
  const second = rest.indexOf(':');
  const guest = second < 0 ? rest : rest.slice(0, second);
  const mode = second < 0 ? 'rw' : rest.slice(second + 1);
  if (host === '' || guest === '' || (mode !== 'ro' && mode !== 'rw')) return invalidPair(text);
  return withGuest(host, guest, mode === 'ro');
};

export function formatVolume(volume: Volume): string {
  return `${volume.host}:${volume.guest}${volume.readOnly ? ':ro' : ''}`;
}

function withGuest(host: string, guest: string, readOnly: boolean): Parsed<Volume> {
  const folded = foldGuestPath(guest);
  if (!folded.ok) return reject('SBX-VOLUME-GUEST', `${folded.reason}: '${quote(guest)}'`);
  return accept({ host, guest: folded.path, readOnly });
}

function invalidPair(text: string): Parsed<Volume> {
  return reject('SBX-VOLUME', `invalid path pair: ${quote(text)}`);
}
