import type { KeyDescription, Shape } from '../../sandboxfile/index.ts';
import { asText } from '../cursor/shape.ts';

/** What the schema says about a key, as Markdown. */
export function keyDoc(name: string, key: KeyDescription): string {
  const facts = [
    key.required === true ? 'Required.' : undefined,
    key.default === undefined ? undefined : `Default: \`${key.default}\`.`,
    deprecation(name, key),
    ...limits(key.shape),
  ];
  const rest = facts.filter((fact) => fact !== undefined).join(' ');
  return rest === '' ? key.doc : `${key.doc}\n\n${rest}`;
}

function deprecation(name: string, { deprecated }: KeyDescription): string | undefined {
  if (deprecated === undefined) return undefined;
  return deprecated.instead === undefined
    ? `**Deprecated**: \`${name}\` has no effect.`
    : `**Deprecated**: use \`${deprecated.instead}\`.`;
}

function limits(shape: Shape): readonly string[] {
  const text = asText(shape);
  if (text === undefined) return [];
  const { words, minimum, maximum, examples } = text;
  const code = (values: readonly string[]) => values.map((value) => `\`${value}\``).join(', ');
  return [
    ...(words === undefined ? [] : [`One of ${code(words)}.`]),
    ...(minimum === undefined || maximum === undefined
      ? []
      : [`From ${String(minimum)} to ${String(maximum)}.`]),
    ...(examples === undefined ? [] : [`Such as ${code(examples)}.`]),
  ];
}
