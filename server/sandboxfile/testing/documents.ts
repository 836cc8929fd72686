import { readFileSync } from 'node:fs';
import { env } from 'node:process';
import { EXAMPLES } from './examples.ts';
import { generate } from './generation.ts';
import { mutate, random } from './mutation.ts';

/** Documents of one fuzz test; `FUZZ_ROUNDS` of them, other ones for each `FUZZ_SEED`. */
export class Documents {
  readonly rounds: number;
  /** To hang on to when a test does not end. */
  readonly timeout: number;
  readonly next: () => number;
  readonly #texts = EXAMPLES.map(({ file }) => readFileSync(file, 'utf8'));

  /** `rounds`: when nobody asks for another number. */
  constructor(seed: number, rounds: number) {
    const { FUZZ_ROUNDS, FUZZ_SEED } = env;
    this.rounds = Number(FUZZ_ROUNDS ?? rounds);
    this.timeout = 600_000 + this.rounds * 1000;
    this.next = random(seed + 1000 * Number(FUZZ_SEED ?? 0));
  }

  /** Real ones and generated ones, unbroken. */
  source(round: number): string {
    return round % 3 === 2 ? generate(this.next) : (this.#texts[round % this.#texts.length] ?? '');
  }

  mutated(round: number): string {
    const source = this.source(round);
    // What is generated is wrong often enough by itself.
    return round % 6 === 5 ? source : mutate(source, this.next);
  }
}
