const units = ['KB', 'MB', 'GB', 'TB'];

/** 1024-based; the next unit begins above, not at, 1024. Bytes are whole. */
export function formatBytes(bytes: number, decimals: number): string {
  let value = bytes;
  let unit = 'B';
  for (const next of units) {
    if (value <= 1024) break;
    value /= 1024;
    unit = next;
  }
  return `${unit === 'B' ? String(value) : value.toFixed(decimals)} ${unit}`;
}
