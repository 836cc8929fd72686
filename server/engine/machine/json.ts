// Reading JSON that another process wrote: what has not the expected shape becomes its empty form.

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function object(value: unknown): Json {
  return isObject(value) ? value : {};
}

export function objects(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

export function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}

/** An RFC 3339 time; the year 1 of Go's zero time is none. */
export function date(value: unknown): Date | undefined {
  const parsed = new Date(text(value));
  return Number.isNaN(parsed.getTime()) || parsed.getUTCFullYear() <= 1 ? undefined : parsed;
}
