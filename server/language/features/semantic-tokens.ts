import type { Range, SemanticTokens } from 'vscode-languageserver-types';
import type { Build, Sandbox, Span, Steps } from '../../sandboxfile/index.ts';
import type { LanguageDocument } from '../document-types.ts';
import { occurrencesOf, type NameKind } from './names/occurrence.ts';
import { quoteOf } from './scalar.ts';
import { MODIFIERS, TYPES, type TokenModifier, type TokenType } from './semantic-tokens/legend.ts';

interface Token extends Span {
  readonly type: TokenType;
  readonly modifier?: TokenModifier;
}

const NAMES: Readonly<Record<NameKind, TokenType>> = {
  sandbox: 'class',
  build: 'interface',
  group: 'namespace',
  artifact: 'variable',
  volume: 'variable',
  script: 'function',
};

/** What the grammar cannot tell: what names stand for, and which keys are deprecated. */
export function* semanticTokens(document: LanguageDocument, range?: Range): Steps<SemanticTokens> {
  const { lines, text } = document;
  const from = range === undefined ? 0 : lines.offsetAt(range.start);
  const to = range === undefined ? text.length : lines.offsetAt(range.end);
  const tokens: Token[] = [];
  for (const part of [names, values, deprecatedKeys]) {
    for (const token of part(document)) {
      if (token.start >= from && token.end <= to && token.end > token.start) tokens.push(token);
      yield;
    }
  }
  tokens.sort((a, b) => a.start - b.start);
  yield;
  const data: number[] = [];
  let [line, character, behind] = [0, 0, 0];
  for (const { start, end, type, modifier } of tokens) {
    yield;
    const at = lines.positionAt(start);
    // Editors take tokens of one line that do not overlap.
    if (start < behind || lines.positionAt(end).line !== at.line) continue;
    const sameLine = at.line === line;
    data.push(
      at.line - line,
      sameLine ? at.character - character : at.character,
      end - start,
      TYPES.indexOf(type),
      modifier === undefined ? 0 : 1 << MODIFIERS.indexOf(modifier),
    );
    [line, character, behind] = [at.line, at.character, end];
  }
  return { data };
}

function* names({ project, text }: LanguageDocument): Iterable<Token> {
  for (const occurrence of occurrencesOf(project)) {
    const span = inner(text, occurrence.span);
    switch (occurrence.role) {
      case 'module':
        break;
      case 'definition':
        yield { ...span, type: NAMES[occurrence.kind], modifier: 'declaration' };
        break;
      case 'alias':
        yield { ...span, type: 'class', modifier: 'declaration' };
        break;
      case 'reference':
        yield { ...span, type: NAMES[occurrence.kind] };
        break;
      case 'import':
        yield { ...span, type: 'class' };
    }
  }
}

function* values({ project, text }: LanguageDocument): Iterable<Token> {
  for (const components of [project.sandboxes, project.builds]) {
    for (const component of components.values()) yield* valuesOf(component, text);
  }
}

function* valuesOf(component: Sandbox | Build, text: string): Iterable<Token> {
  const { fields } = component;
  for (const { value, span } of fields.envs?.value ?? []) {
    const { start } = inner(text, span);
    if (text.startsWith(value.name, start)) {
      yield { start, end: start + value.name.length, type: 'variable' };
    }
  }
  for (const { span } of fields.ports?.value ?? []) yield { ...inner(text, span), type: 'number' };
  for (const field of [fields.memory, fields.cpus]) {
    if (field?.value !== undefined) yield { ...inner(text, field.span), type: 'number' };
  }
  if (component.kind !== 'sandbox') return;
  for (const field of [component.fields.scope, component.fields.vmm]) {
    if (field?.value !== undefined) yield { ...inner(text, field.span), type: 'enumMember' };
  }
}

function deprecatedKeys({ problems }: LanguageDocument): readonly Token[] {
  return problems
    .filter(({ id }) => id === 'SBX-DEPRECATED')
    .map(({ range }) => ({
      start: range.start.offset,
      end: range.end.offset,
      type: 'property',
      modifier: 'deprecated',
    }));
}

/** Without its quotes. */
function inner(text: string, { start, end }: Span): Span {
  const quote = quoteOf(text.slice(start, end)).length;
  return { start: start + quote, end: end - quote };
}
