import { timed } from '../../support/statistics.ts';
import type { Peer } from './servers.ts';

export const NAME_FEATURES = ['hover', 'definition', 'rename'] as const;
type NameFeature = (typeof NAME_FEATURES)[number];

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
    this.#middle = text.slice(0, text.lastIndexOf('memory', text.length / 2)).lastIndexOf('\n') + 1;
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

  /** Typing in the middle of the file, then the list for a half-typed key. */
  async round(): Promise<void> {
    const { client, uri } = this.peer;
    this.latencies.diagnostics.push(await timed(() => this.typeAndWait()));
    const key = this.#middle;
    await this.#edit(key, key, '    me\n');
    this.latencies.completion.push(
      await timed(() => client.at('textDocument/completion', uri, key + '    me'.length)),
    );
    const published = client.nextDiagnostics(uri);
    await this.#edit(key, key + '    me\n'.length, '');
    await published;
  }

  /** What is asked about a name, each right behind an edit of the component that it stands in. */
  async nameRound(): Promise<void> {
    for (const feature of NAME_FEATURES) {
      const published = this.peer.client.nextDiagnostics(this.peer.uri);
      await this.#type();
      this.latencies[feature].push(await timed(() => this.ask(feature)));
      await published;
    }
  }

  /** One edit that makes the file wrong, or right again, up to its diagnostics. */
  async typeAndWait(): Promise<void> {
    const published = this.peer.client.nextDiagnostics(this.peer.uri);
    await this.#type();
    await published;
  }

  ask(feature: NameFeature | 'completion' | 'references'): Promise<unknown> {
    const list = this.#text.indexOf('depends_on', this.#middle);
    const name = this.#text.indexOf('service', list) + 1;
    const more = { newName: 'renamed', context: { includeDeclaration: true } };
    return this.peer.client.at(`textDocument/${feature}`, this.peer.uri, name, more);
  }

  #type(): Promise<void> {
    const value = this.#text.indexOf(': ', this.#middle) + 2;
    return this.#edit(value, value + 3, this.#round++ % 2 === 0 ? '[1]' : '512');
  }

  async #edit(start: number, end: number, inserted: string): Promise<void> {
    this.#text = this.#text.slice(0, start) + inserted + this.#text.slice(end);
    await this.peer.client.edit(this.peer.uri, start, end, inserted);
  }
}
