export interface CatalogueEntry {
  readonly message: (subject: string, context: string) => string;
  /** What to do about it. */
  readonly hint?: string | ((subject: string) => string);
}
