import { accept, reject, quote, type Grammar, type Parsed } from './grammar.ts';

export type Image = LocalImage | BuiltinImage | ReferenceImage;

/** A root folder, an OCI layout or a docker archive; `path` may end in `#tag`. */
export interface LocalImage {
  readonly kind: 'path';
  readonly text: string;
}

/** An image that ships with the product. */
export interface BuiltinImage {
  readonly kind: 'builtin';
  readonly text: string;
  readonly name: string;
}

export interface ReferenceImage {
  readonly kind: 'reference';
  readonly text: string;
  /** Registry's host; absent: the default registry. */
  readonly domain: string | undefined;
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

export const BUILTIN_IMAGES: readonly string[] = ['busybox'];

const BUILTIN_PREFIX = 'builtin:';
const MAX_REPOSITORY = 255;
const HEX_LENGTHS: ReadonlyMap<string, number> = new Map([
  ['sha256', 64],
  ['sha384', 96],
  ['sha512', 128],
]);
const DOMAIN =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9A-Fa-f:]+\])(?::[0-9]+)?$/;
const COMPONENT = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

export const image: Grammar<Image> = (text) => {
  if (text.startsWith('.') || text.startsWith('/')) return accept({ kind: 'path', text });
  if (text.startsWith(BUILTIN_PREFIX)) return builtin(text);
  return reference(text);
};

/** Complete form of a reference as messages and lists show it. */
export function normalImage(image: Image, defaultRegistry: string): string {
  if (image.kind !== 'reference') return image.text;
  const domain = image.domain ?? defaultRegistry;
  const official = domain === defaultRegistry && !image.repository.includes('/');
  const tag = image.tag ?? (image.digest === undefined ? 'latest' : undefined);
  return [
    `${domain}/${official ? 'library/' : ''}${image.repository}`,
    tag === undefined ? '' : `:${tag}`,
    image.digest === undefined ? '' : `@${image.digest}`,
  ].join('');
}

function builtin(text: string): Parsed<Image> {
  const name = text.slice(BUILTIN_PREFIX.length);
  if (BUILTIN_IMAGES.includes(name)) return accept({ kind: 'builtin', text, name });
  const known = BUILTIN_IMAGES.map((known) => `\`${BUILTIN_PREFIX}${known}\``).join(', ');
  return reject('SBX-IMAGE', `unknown built-in image '${quote(name)}', expected ${known}`);
}

function reference(text: string): Parsed<Image> {
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  const tag = colon < 0 ? undefined : named.slice(colon + 1);
  const path = colon < 0 ? named : named.slice(0, colon);
  const [domain, repository] = splitDomain(path);

  if (repository === '') return invalid('repository name must have at least one component');
  if (domain !== undefined && !DOMAIN.test(domain)) return invalid('invalid reference format');
  if (!repository.split('/').every((component) => COMPONENT.test(component))) {
    return invalid('invalid reference format');
  }
  if (tag !== undefined && !TAG.test(tag)) return invalid('invalid reference format');
  if (repository.length > MAX_REPOSITORY) {
    return invalid(`repository name must not be more than ${String(MAX_REPOSITORY)} characters`);
  }
  const fault = digest === undefined ? undefined : digestFault(digest);
  if (fault !== undefined) return invalid(fault);
  return accept({ kind: 'reference', text, domain, repository, tag, digest });
}

function splitDomain(path: string): [string | undefined, string] {
  const slash = path.indexOf('/');
  const first = slash < 0 ? '' : path.slice(0, slash);
  return /[.:]/.test(first) || first === 'localhost' ? [first, path.slice(slash + 1)] : [undefined, path];
}

function digestFault(digest: string): string | undefined {
  const colon = digest.indexOf(':');
  const hex = digest.slice(colon + 1);
  if (colon < 1 || !/^[0-9A-Fa-f]+$/.test(hex)) return 'invalid checksum digest format';
  const length = HEX_LENGTHS.get(digest.slice(0, colon));
  if (length === undefined) return 'unsupported digest algorithm';
  return hex.length === length ? undefined : 'invalid checksum digest length';
}

function invalid(reason: string): Parsed<Image> {
  return reject('SBX-IMAGE', `failed to parse OCI reference: ${reason}`);
}
