/** The engine's messages are parts of sentences; a page or a notification shows whole ones. */
export function sentence(text: string): string {
  const capitalized = text.slice(0, 1).toUpperCase() + text.slice(1);
  return /[.!?:]$/.test(capitalized) ? capitalized : `${capitalized}.`;
}
