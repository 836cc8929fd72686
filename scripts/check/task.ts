/** One line of the summary. Passed and failed count tests, or the task itself when it has no parts. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
}

export interface Task {
  readonly name: string;
  /** Uses the machine alone and shows its output while it runs. */
  readonly alone?: boolean;
  run(context: Context): Promise<Outcome>;
}

export interface Context {
  /** For everything the task starts. */
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Where the task's output goes. */
  print(text: string): void;
}
