import type { Snapshot } from './messages.ts';

/** A guest is asked for figures this often at most, whatever happens. */
const INTERVAL_MS = 1000;

export interface FeedSource {
  /** Never rejects. */
  snapshot(): Promise<Snapshot>;
}

export interface FeedPage {
  isVisible(): boolean;
  show(snapshot: Snapshot): void;
}

/** What a page is shown: one sample at a time, none while it is hidden. */
export class Feed {
  readonly #page: FeedPage;
  readonly #source: FeedSource;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;
  #lastAtMs = -INTERVAL_MS;
  #pointed: string | undefined;
  #isReady = false;
  #isBusy = false;
  #isDisposed = false;

  /** `now`: milliseconds of a clock that only goes forward. */
  constructor(page: FeedPage, source: FeedSource, now = (): number => performance.now()) {
    this.#page = page;
    this.#source = source;
    this.#now = now;
  }

  /** The page listens, and shows nothing yet. */
  ready(): void {
    this.#isReady = true;
    this.#later(0);
  }

  shownOrHidden(): void {
    if (this.#page.isVisible()) this.hurry();
    else this.#stop();
  }

  /** A state has changed: it is shown as soon as may be. */
  hurry(): void {
    if (this.#timer === undefined) this.#later(this.#lastAtMs + INTERVAL_MS - this.#now());
  }

  /** The page goes to this sandbox. */
  point(id: string): void {
    this.#pointed = id;
    this.hurry();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#stop();
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #later(ms: number): void {
    this.#stop();
    if (this.#isBusy || !this.#isWanted()) return;
    this.#timer = setTimeout(() => void this.#send(), Math.max(0, ms));
  }

  #isWanted(): boolean {
    return !this.#isDisposed && this.#page.isVisible();
  }

  async #send(): Promise<void> {
    this.#timer = undefined;
    this.#isBusy = true;
    this.#lastAtMs = this.#now();
    const snapshot = await this.#source.snapshot();
    this.#isBusy = false;
    if (!this.#isWanted()) return;
    const pointed = this.#isReady ? this.#pointed : undefined;
    if (pointed !== undefined) this.#pointed = undefined;
    this.#page.show(pointed === undefined ? snapshot : { ...snapshot, pointed });
    this.#later(INTERVAL_MS);
  }
}
