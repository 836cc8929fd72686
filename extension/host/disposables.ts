/** What somebody has to end. The editor's class of this name is for those who need `Disposable.from`. */
export interface Disposable {
  dispose(): void;
}

/** Ends what was added, last first; what is added after its own end ends at once. */
export class Disposables implements Disposable {
  #items: Disposable[] | undefined = [];

  add<T extends Disposable>(item: T): T {
    if (this.#items === undefined) item.dispose();
    else this.#items.push(item);
    return item;
  }

  dispose(): void {
    const items = this.#items ?? [];
    this.#items = undefined;
    for (const item of items.reverse()) item.dispose();
  }
}
