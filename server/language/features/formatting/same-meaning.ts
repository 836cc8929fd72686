import { CST } from 'yaml';
import type { Turn } from '../../documents/turn.ts';

type Tokens = readonly CST.Token[];

interface Item {
  readonly start: Tokens;
  readonly key?: CST.Token | null | undefined;
  readonly sep?: Tokens | undefined;
  readonly value?: CST.Token | undefined;
}

/**
 * Whether two texts have the same tree: values, quotes, anchors, aliases and tags. Aliases are compared
 * by name, so the work is linear whatever they would expand to.
 */
export async function sameMeaning(a: Tokens, b: Tokens, turn: Turn): Promise<boolean> {
  const open: (readonly [CST.Token, CST.Token])[] = [];
  if (!push(open, a.filter(hasMeaning), b.filter(hasMeaning))) return false;
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    if (turn.isOver) await turn.pause();
    if (!sameToken(...pair, open)) return false;
  }
  return true;
}

type Open = (readonly [CST.Token, CST.Token])[];

function sameToken(a: CST.Token, b: CST.Token, open: Open): boolean {
  if (a.type === 'document' && b.type === 'document') {
    return (
      sameSigns(a.start, b.start) && sameSigns(a.end, b.end) && push(open, listOf(a.value), listOf(b.value))
    );
  }
  if ('items' in a && 'items' in b) {
    if (a.type !== b.type || a.items.length !== b.items.length) return false;
    return a.items.every((item, index) => sameItem(item, b.items[index], open));
  }
  if (isScalar(a) && isScalar(b)) return sameScalar(a, b);
  return a.type === b.type && sourceOf(a) === sourceOf(b);
}

function sameItem(a: Item, b: Item | undefined, open: Open): boolean {
  return (
    b !== undefined &&
    sameSigns(a.start, b.start) &&
    sameSigns(a.sep, b.sep) &&
    push(open, listOf(a.key), listOf(b.key)) &&
    push(open, listOf(a.value), listOf(b.value))
  );
}

type Scalar = CST.FlowScalar | CST.BlockScalar;

function isScalar(token: CST.Token): token is Scalar {
  return token.type === 'block-scalar' || token.type.endsWith('scalar');
}

function sameScalar(a: Scalar, b: Scalar): boolean {
  if (a.type !== b.type) return false;
  if (a.type === 'block-scalar' && b.type === 'block-scalar') {
    if (headerOf(a) !== headerOf(b)) return false;
  } else if (a.source === b.source) return true;
  const value = valueOf(a);
  return value !== undefined && value === valueOf(b);
}

/** Undefined for a broken one. */
function valueOf(scalar: Scalar): string | undefined {
  const faults: string[] = [];
  const { value } = CST.resolveAsScalar(scalar, true, (_offset, _code, message) => faults.push(message));
  return faults.length > 0 ? undefined : value;
}

function headerOf({ props }: CST.BlockScalar): string | undefined {
  return sourceOf(props.find(({ type }) => type === 'block-scalar-header'));
}

function sourceOf(token: CST.Token | undefined): string | undefined {
  return token !== undefined && 'source' in token ? token.source : undefined;
}

/** Comments may belong to another neighbour; white space has no meaning by itself. */
function sameSigns(a: Tokens = [], b: Tokens = []): boolean {
  const [left, right] = [a.filter(hasMeaning), b.filter(hasMeaning)];
  return (
    left.length === right.length && left.every((sign, index) => sourceOf(sign) === sourceOf(right[index]))
  );
}

function hasMeaning({ type }: CST.Token): boolean {
  return type !== 'space' && type !== 'newline' && type !== 'comment';
}

function listOf(token: CST.Token | null | undefined): Tokens {
  return token === null || token === undefined ? [] : [token];
}

function push(open: Open, a: Tokens, b: Tokens): boolean {
  if (a.length !== b.length) return false;
  for (const [index, token] of a.entries()) {
    const other = b[index];
    if (other !== undefined) open.push([token, other]);
  }
  return true;
}
