import { timed } from '../../support/statistics.ts';
import type { Peer } from './servers.ts';

/** What one editor session costs, in ms, one entry a round. */
export class Latencies {
  readonly diagnostics: number[] = [];
  readonly completion: number[] = [];
  readonly hover: number[] = [];
  readonly definition: number[] = [];
  readonly rename: number[] = [];
}

/** A file open in one server, edited in the middle. */
export class Session {
  readonly peer: Peer;
  latencies = new Latencies();
  readonly #middle: number;
  #text: string;
  #round = 0;

  private constructor(peer: Peer, text: string) {
    this.peer = peer;
    this.#text = text;
    this.#middle = text.indexOf('    memory:', text.length / 2);
  }

  /** Resolves when the server has checked the file. */
  static async open(peer: Peer, text: string): Promise<Session> {
    const published = peer.client.nextDiagnostics(peer.uri);
    await peer.client.open(peer.uri, text, peer.languageId);
    await published;
    return new Session(peer, text);
  }

  /** What was measured so far does not count. */
  forget(): void {
    this.latencies = new Latencies();
  }

  /** Typing in the middle of the file, then what an editor asks for there. */
  async round(): Promise<void> {
    const { client, uri } = this.peer;
    this.latencies.diagnostics.push(await timed(() => this.#editAndWait()));
    // A half-typed key, and the list for it.
    const key = this.#middle;
    await this.#edit(key, key, '    me\n');
    this.latencies.completion.push(
      await timed(() => client.at('textDocument/completion', uri, key + '    me'.length)),
    );
    const published = client.nextDiagnostics(uri);
    await this.#edit(key, key + '    me\n'.length, '');
    this.latencies.hover.push(await timed(() => client.at('textDocument/hover', uri, key + 6)));
    await published;
  }

  /** What only ours can do. */
  async nameRound(): Promise<void> {
    const { client, uri } = this.peer;
    await this.#editAndWait();
    const name = this.#text.indexOf('depends_on: [s', this.#middle) + 'depends_on: [s'.length;
    this.latencies.definition.push(await timed(() => client.at('textDocument/definition', uri, name)));
    await this.#editAndWait();
    this.latencies.rename.push(
      await timed(() => client.at('textDocument/rename', uri, name, { newName: 'renamed' })),
    );
  }

  /** One that makes the file wrong, or right again. */
  async #editAndWait(): Promise<void> {
    const value = this.#middle + '    memory: '.length;
    const published = this.peer.client.nextDiagnostics(this.peer.uri);
    await this.#edit(value, value + 3, this.#round++ % 2 === 0 ? '[1]' : '512');
    await published;
  }

  async #edit(start: number, end: number, inserted: string): Promise<void> {
    this.#text = this.#text.slice(0, start) + inserted + this.#text.slice(end);
    await this.peer.client.edit(this.peer.uri, start, end, inserted);
  }
}
