/** What a feature found, of a file that may have more of it than helps anybody. */
export interface Limited<T> {
  readonly items: readonly T[];
  /** How many it gives at most, when there are more. */
  readonly limit?: number;
}

export function limited<T>(all: readonly T[], limit: number): Limited<T> {
  return all.length <= limit ? { items: all } : { items: all.slice(0, limit), limit };
}
