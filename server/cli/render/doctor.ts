// `msb doctor`: one line a finding; below those that are not good, why it matters and what to do.

import type { Diagnosis, Finding } from '../../engine/api.ts';
import { printable } from './style.ts';
import type { Style } from './style.ts';

export function renderDiagnosis({ findings, healthy }: Diagnosis, style: Style): string {
  const limited = findings.filter(({ state }) => state === 'limited').length;
  const bad = findings.filter(({ state }) => state === 'bad').length;
  const verdict = healthy
    ? `Sandboxes can run here${limited === 0 ? '.' : `; ${String(limited)} of ${String(findings.length)} could be better.`}`
    : `${String(bad)} of ${String(findings.length)} keep sandboxes from running.`;
  return `${findings.map((finding) => renderFinding(finding, style)).join('')}\n${verdict}\n`;
}

export function renderDiagnosisAsJson(diagnosis: Diagnosis): string {
  return `${JSON.stringify(diagnosis, undefined, 2)}\n`;
}

function renderFinding({ title, state, found, why, fix, mended }: Finding, style: Style): string {
  const mark = { good: style.green('ok     '), limited: style.yellow('limited'), bad: style.red('bad    ') }[
    state
  ];
  const lines = [`${mark} ${title}: ${oneLine(found)}`];
  if (state !== 'good') lines.push(`        ${style.dim('why')} ${why}`);
  if (fix !== undefined) lines.push(`        ${style.dim('fix')} ${oneLine(fix)}`);
  if (mended !== undefined) lines.push(`        ${style.dim('done')} ${mended}`);
  return lines.map((line) => `${line}\n`).join('');
}

/** What programs and registries say may have any character in it. */
function oneLine(text: string): string {
  return printable(text.replaceAll('\n', ' '));
}
