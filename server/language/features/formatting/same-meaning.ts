import { isAlias, isCollection, isPair, isScalar, parseDocument } from 'yaml';

/**
 * Whether two texts differ in white space only and have the same tree: values, quotes, anchors, aliases
 * and tags. Aliases are compared by name, so the work is linear whatever they would expand to.
 */
export function sameMeaning(a: string, b: string): boolean {
  if (a.replace(/\s+/g, '') !== b.replace(/\s+/g, '')) return false;
  return sameNode(tree(a), tree(b));
}

function tree(text: string): unknown {
  const options = { schema: 'failsafe', uniqueKeys: false, merge: false, prettyErrors: false } as const;
  return parseDocument(text, options).contents;
}

function sameNode(a: unknown, b: unknown): boolean {
  if (isPair(a) && isPair(b)) return sameNode(a.key, b.key) && sameNode(a.value, b.value);
  if (isAlias(a) && isAlias(b)) return a.source === b.source;
  if (isScalar(a) && isScalar(b)) {
    return a.value === b.value && a.type === b.type && a.anchor === b.anchor && a.tag === b.tag;
  }
  if (isCollection(a) && isCollection(b)) {
    return (
      a.constructor === b.constructor &&
      a.flow === b.flow &&
      a.anchor === b.anchor &&
      a.tag === b.tag &&
      a.items.length === b.items.length &&
      a.items.every((item, index) => sameNode(item, b.items[index]))
    );
  }
  return a === b;
}
