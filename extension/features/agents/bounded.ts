/** Output for a model: so much of it, and then how much more there was. */
export class Bounded {
  static readonly bytes = 64 << 10;
  readonly #chunks: Uint8Array[] = [];
  #kept = 0;
  #dropped = 0;

  append(chunk: Uint8Array): void {
    const room = Bounded.bytes - this.#kept;
    if (room > 0) this.#chunks.push(chunk.subarray(0, room));
    this.#kept += Math.min(room, chunk.length);
    this.#dropped += Math.max(0, chunk.length - room);
  }

  toString(): string {
    const text = new TextDecoder().decode(Buffer.concat(this.#chunks));
    return this.#dropped === 0 ? text : `${text}\n[${this.#dropped} more bytes left out]`;
  }
}
