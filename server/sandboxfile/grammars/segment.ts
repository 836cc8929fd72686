import { quote } from './grammar.ts';

/** Why `text` is not a single path segment; undefined when it is one. */
export function segmentFault(text: string, options?: { readonly windows?: boolean }): string | undefined {
  if (text === '') return 'empty path segment';
  const separator = options?.windows === true ? /[/\\\0]/ : /[/\0]/;
  if (text === '.' || text === '..' || separator.test(text)) {
    return `invalid path component: ${quote(text)}`;
  }
  return undefined;
}
