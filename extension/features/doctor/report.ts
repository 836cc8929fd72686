export interface Finding {
  readonly what: string;
  readonly good: boolean;
  readonly found: string;
  /** Shown where it is not good. */
  readonly help?: string;
}

/** As Markdown: what is wrong comes first. */
export function report(findings: readonly Finding[]): string {
  const sorted = [...findings].sort((a, b) => Number(a.good) - Number(b.good));
  const lines = sorted.map(({ what, good, found, help }) => {
    const line = `- ${good ? '✅' : '⚠️'} **${what}**: ${found.split('\n').join(' ')}`;
    return good || help === undefined ? line : `${line}\n  ${help}`;
  });
  return `# Sandboxfile doctor\n\n${lines.join('\n')}\n`;
}
