import { accept, quote, reject, type Fault, type Grammar } from './grammar.ts';
import { segmentFault } from './segment.ts';

const MAX_NAME_BYTES = 200;
const RPC_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

/** The script that always exists and starts the shell. */
export const SHELL_SCRIPT = 'shell';

/** Name of a sandbox, build or group. */
export const componentName: Grammar<string> = (text) => {
  const reason = nameFault(text);
  return reason === undefined ? accept(text) : reject('SBX-NAME', `invalid name '${quote(text)}': ${reason}`);
};

/** Why the server cannot address a component of this name; undefined when it can. */
export function rpcNameFault(name: string): Fault | undefined {
  if (RPC_NAME.test(name)) return undefined;
  return {
    id: 'SBX-NAME-RPC',
    message:
      `'${quote(name)}' cannot be addressed through the server: ` +
      'only A-Z a-z 0-9 - _ are allowed there, a letter or digit first, at most 63 characters',
  };
}

export const scriptName: Grammar<string> = (text) => {
  const reason =
    text === SHELL_SCRIPT
      ? 'it is reserved for the shell'
      : (segmentFault(text) ?? (text.includes('~') ? "it must not contain '~'" : undefined));
  return reason === undefined
    ? accept(text)
    : reject('SBX-SCRIPT-NAME', `invalid script name '${quote(text)}': ${reason}`);
};

function nameFault(text: string): string | undefined {
  if (text === '') return 'it is empty';
  if (text === '.' || text === '..') return `'${text}' is a folder`;
  const bytes = new TextEncoder().encode(text.slice(0, MAX_NAME_BYTES + 1)).length;
  if (bytes > MAX_NAME_BYTES) return `it is longer than ${String(MAX_NAME_BYTES)} bytes`;
  if (/^\s/.test(text)) return 'it starts with a blank';
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  const bad = /[/\\~\u0000-\u001f\u007f-\u009f]/.exec(text);
  return bad === null ? undefined : `it must not contain '${quote(bad[0])}'`;
}
