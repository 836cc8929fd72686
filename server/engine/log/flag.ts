/** Says that something happened since the last look, however often it did. */
export class Flag {
  #raised = false;
  #wake: (() => void) | undefined;

  set(): void {
    this.#raised = true;
    this.#wake?.();
  }

  /** Resolves at once when it was set since the last wait. */
  async wait(): Promise<void> {
    if (!this.#raised) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
    this.#raised = false;
  }
}
