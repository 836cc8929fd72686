// Names, scripts and errors are anybody's words. Where the editor reads a text for more than its letters, nothing of them
// is to be anything else.

/** For notifications, progress and prompts: `[text](command:…)` would be a link that runs a command of the editor. */
export function withoutLinks(text: string): string {
  // A word joiner, which is not seen.
  return text.replaceAll('](', ']\u2060(');
}

/** For lists and the status bar: `$(name)` would be an icon, or nothing at all where there is none of that name. */
export function withoutIcons(text: string): string {
  return text.replaceAll(/\$\((?=[A-Za-z0-9-]+(?:~[A-Za-z]+)?\))/g, String.raw`\$&`);
}
