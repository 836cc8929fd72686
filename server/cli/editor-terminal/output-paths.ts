// In the output of a task, paths of the guest become those of the workspace, so that the editor finds the
// files that problems are in. An absolute path becomes the host's; one that begins a line as compilers
// write it, relative to the sandbox's working folder or to a mounted one, becomes relative to the workspace's.
// Everything else passes byte for byte; what may be the beginning of a path is held back until more of it is known.

import path from 'node:path';
import type { GuestPaths } from './guest-paths.ts';

export interface OutputPathsOptions {
  readonly paths: GuestPaths;
  /** Of the guest's programs; undefined when the file does not say. */
  readonly workdir: string | undefined;
  /** The workspace's folder, absolute. */
  readonly folder: string;
  /** Whether the host has such a file: only then a word with a number behind it is taken for a path. */
  readonly exists: (file: string) => boolean;
}

/** Changes of colour; gcc has the rest of the line take each, too. Compilers paint what they print on a terminal. */
const PAINT = String.raw`\x1b\[[\d;]*[mK]`;
const UNFINISHED_PAINT = String.raw`\x1b(?:\[[\d;]*[mK]?)?`;
/** What may stand before a path: the beginning, a separator, or a change of colour. */
const BEFORE = String.raw`(?<=^|[^\w.~/\-\x80-\xff]|${PAINT})`;
const AFTER = String.raw`(?=$|[^\w.\-\x80-\xff])`;
/** Enough of what has passed to know what stands before. */
const CONTEXT = 32;
/** A line's first word, as far as it may be a path. */
const RELATIVE = new RegExp(
  String.raw`^((?:\s|${PAINT})*)([\w@+.\-\x80-\xff][\w@+.\-/\x80-\xff]*)(?=(?:${PAINT})*[:(](?:${PAINT})*\d)`,
);
const MAYBE_RELATIVE = new RegExp(
  String.raw`^(?:\s|${UNFINISHED_PAINT})*[\w@+.\-/\x80-\xff]*(?:${UNFINISHED_PAINT})*[:(]?(?:${UNFINISHED_PAINT})*$`,
);
/** Of a line's beginning: nothing longer is held back, whatever the guest makes it look like. */
const LONGEST_HELD = 512;

export class OutputPaths {
  readonly #options: OutputPathsOptions;
  /** As text of one character a byte, as everything in here. */
  readonly #replacements: ReadonlyMap<string, string>;
  readonly #absolute: RegExp | undefined;
  readonly #known = new Map<string, string>();
  #passed = '\n';
  #held = '';

  constructor(options: OutputPathsOptions) {
    this.#options = options;
    const renamed = options.paths.renamed.map(({ guest, host }) => [bytesOf(guest), bytesOf(host)] as const);
    this.#replacements = new Map(renamed);
    const guests = renamed.map(([guest]) => escaped(guest));
    this.#absolute =
      guests.length === 0 ? undefined : new RegExp(`${BEFORE}(?:${guests.join('|')})${AFTER}`, 'g');
  }

  /** Nothing is to be done: output may pass as it is. */
  get isIdle(): boolean {
    return this.#replacements.size === 0;
  }

  push(data: Uint8Array): Uint8Array {
    const text = this.#held + Buffer.from(data).toString('latin1');
    const whole = text.length - this.#unfinished(text);
    this.#held = text.slice(whole);
    return this.#pass(text.slice(0, whole));
  }

  /** What was held back: nothing more is to be expected. */
  flush(): Uint8Array {
    const held = this.#held;
    this.#held = '';
    return this.#pass(held);
  }

  #pass(text: string): Uint8Array {
    if (text === '') return new Uint8Array();
    const atLineStart = /[\r\n]$/.test(this.#passed);
    const lines = text.split(/(?<=[\r\n])/);
    const relative = lines
      .map((line, index) => (index > 0 || atLineStart ? this.#relative(line) : line))
      .join('');
    const context = this.#passed.slice(-CONTEXT);
    const replaced = this.#replaceAbsolute(context + relative).slice(context.length);
    this.#passed = (context + text).slice(-CONTEXT);
    return Buffer.from(replaced, 'latin1');
  }

  /** What has passed was replaced then, so that a match in it leaves its length alone. */
  #replaceAbsolute(text: string): string {
    if (this.#absolute === undefined) return text;
    const context = Math.min(this.#passed.length, CONTEXT);
    return text.replaceAll(this.#absolute, (guest: string, offset: number) => {
      return offset < context ? guest : (this.#replacements.get(guest) ?? guest);
    });
  }

  #relative(line: string): string {
    if (this.isIdle) return line;
    return line.replace(RELATIVE, (_all, before: string, word: string) => before + this.#inWorkspace(word));
  }

  /** A script may have gone to the folder that it works on: that is a mounted one as a rule. */
  #inWorkspace(word: string): string {
    const known = this.#known.get(word);
    if (known !== undefined) return known;
    const { paths, workdir, folder, exists } = this.#options;
    const bases = [...(workdir === undefined ? [] : [workdir]), ...paths.folders];
    const file = bases
      .map((base) => paths.toHost(path.posix.join(base, textOf(word))))
      .find((each) => each !== undefined && exists(each));
    const found = file === undefined ? word : bytesOf(path.relative(folder, file));
    // Output decides how many there are.
    if (this.#known.size >= 1000) this.#known.clear();
    this.#known.set(word, found);
    return found;
  }

  /** How many characters at the end may go on as a path. */
  #unfinished(text: string): number {
    if (this.isIdle) return 0;
    const start = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1;
    const startsLine = start > 0 || /[\r\n]$/.test(this.#passed);
    const line = text.slice(start);
    if (startsLine && line !== '' && line.length <= LONGEST_HELD && MAYBE_RELATIVE.test(line)) {
      return line.length;
    }
    const longest = Math.max(...[...this.#replacements.keys()].map(({ length }) => length));
    for (let length = Math.min(longest, text.length); length > 0; length--) {
      const tail = text.slice(-length);
      if ([...this.#replacements.keys()].some((guest) => guest.startsWith(tail))) return length;
    }
    return 0;
  }
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}

function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function textOf(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
