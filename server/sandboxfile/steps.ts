/** Long work that lets others have their turn wherever it yields. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** All of it at one go. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
