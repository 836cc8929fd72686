/**
 * Value of a whole number as YAML writes it: decimal, or with prefix 0x, 0o or 0b. Undefined for any
 * other text; numbers past the safe integers are Infinity, so that they fail range checks.
 */
export function parseInteger(text: string): number | undefined {
  const match = /^([+-]?)(\d+|0x[0-9a-f]+|0o[0-7]+|0b[01]+)$/i.exec(text);
  if (match === null) return undefined;
  const magnitude = Number(match[2]);
  const value = Number.isSafeInteger(magnitude) ? magnitude : Infinity;
  return match[1] === '-' ? -value : value;
}
