/** An editor shows this much without becoming slow; older lines are in the log file. */
const MAX_CHARACTERS = 2 << 20;

/** The end of a log as text: bounded, without what only a terminal understands. */
export class LogText {
  readonly #decoder = new TextDecoder();
  #text = '';
  /** An escape sequence, or a carriage return, that the next bytes may belong to. */
  #pending = '';

  append(bytes: Uint8Array): void {
    const text = this.#pending + this.#decoder.decode(bytes, { stream: true });
    const open = UNFINISHED.exec(text)?.index ?? text.length;
    this.#pending = text.slice(open, open + 64);
    this.#text += plain(text.slice(0, open));
    if (this.#text.length <= MAX_CHARACTERS) return;
    const cut = this.#text.indexOf('\n', this.#text.length - MAX_CHARACTERS / 2);
    this.#text = this.#text.slice(cut + 1);
  }

  toString(): string {
    return this.#text;
  }
}

// Built from text: the characters are control characters, which literals may not hold.
const UNFINISHED = new RegExp(String.raw`(?:\r|\u001b(?:\[[\d;?]*)?)$`, 'u');
const SEQUENCE = new RegExp(
  [
    // Titles and links, up to BEL or ST.
    String.raw`\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)`,
    // Colours, cursor and screen.
    String.raw`\u001b\[[\d;?]*[ -\/]*[@-~]`,
    String.raw`\u001b[@-_]`,
  ].join('|'),
  'gu',
);

function plain(text: string): string {
  return text
    .replaceAll(SEQUENCE, '')
    .replaceAll('\r\n', '\n')
    .replaceAll(/[^\P{Cc}\n\t\r]/gu, '');
}
