// Tells the editor that a command runs, which plain shells cannot: the prompt has ended (OSC 633 B passed by)
// and Enter was pressed, so the command's output begins after the line that the shell ends for it.

const PROMPT_ENDS = '\x1b]633;B\x07';
const COMMAND_RUNS = Buffer.from('\x1b]633;C\x07');
const ENTER = 0x0d;
const NEWLINE = 0x0a;

export class CommandMarks {
  #state: 'busy' | 'prompt' | 'entered' = 'busy';
  /** A mark that is cut in two. */
  #tail = '';

  onKeys(keys: Uint8Array): void {
    if (this.#state === 'prompt' && keys.includes(ENTER)) this.#state = 'entered';
  }

  /** The output with what is missing in it. */
  onOutput(data: Uint8Array): Uint8Array {
    const newline = this.#state === 'entered' ? data.indexOf(NEWLINE) : -1;
    if (newline < 0) {
      this.#look(data);
      return data;
    }
    this.#state = 'busy';
    const [line, rest] = [data.subarray(0, newline + 1), data.subarray(newline + 1)];
    this.#look(rest);
    return Buffer.concat([line, COMMAND_RUNS, rest]);
  }

  #look(data: Uint8Array): void {
    const text = this.#tail + Buffer.from(data).toString('latin1');
    if (text.includes(PROMPT_ENDS)) this.#state = 'prompt';
    this.#tail = text.slice(-(PROMPT_ENDS.length - 1));
  }
}
