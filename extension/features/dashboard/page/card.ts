import type { SandboxSnapshot, StartTime, Usage } from '../messages.ts';
import { bytes, milliseconds } from '../amounts.ts';
import { Chart } from './chart.ts';
import { element } from '../../../host/page/elements.ts';
import { l10n } from '../../../host/page/l10n.ts';

/** One sandbox. Everything but its heading is hidden while it does not run. */
export class Card {
  readonly root = element('section', 'card');
  readonly #state = element('span', 'state');
  readonly #body = element('div', 'body');
  readonly #cpu = new Chart(l10n.t('CPU'));
  readonly #memory = new Chart(l10n.t('Memory'));
  readonly #disk = new Chart(l10n.t('Disk'));
  readonly #network = new Chart(l10n.t('Network'));
  readonly #start = element('p', 'start');
  readonly #summary = element('summary');
  readonly #rows = element('tbody');

  constructor(name: string) {
    const heading = element('h2', '', name);
    heading.append(this.#state);
    const charts = element('div', 'charts');
    charts.append(this.#cpu.root, this.#memory.root, this.#disk.root, this.#network.root);
    const details = element('details');
    const table = element('table');
    const head = element('thead');
    const row = element('tr');
    for (const title of [l10n.t('PID'), l10n.t('Command'), l10n.t('CPU time'), l10n.t('Memory')]) {
      const cell = element('th', '', title);
      cell.scope = 'col';
      row.append(cell);
    }
    head.append(row);
    table.append(head, this.#rows);
    details.append(this.#summary, table);
    this.#body.append(charts, details);
    this.root.append(heading, this.#start, this.#body);
    this.root.setAttribute('aria-label', name);
    this.root.tabIndex = -1;
  }

  update({ state, isUp, reason, usage, start }: SandboxSnapshot): void {
    this.#state.textContent = state;
    this.#state.classList.toggle('up', isUp);
    this.#start.textContent = reason ?? (start === undefined ? '' : startText(start));
    this.#body.hidden = usage === undefined;
    if (usage !== undefined) this.#show(usage);
  }

  /** For keys and screen readers too. */
  point(): void {
    this.root.scrollIntoView({ block: 'nearest' });
    this.root.focus();
  }

  #show({ cpu, memory, disk, network, processes, processCount }: Usage): void {
    this.#cpu.add(cpu, `${cpu.toFixed(0)} %`, 100);
    this.#memory.add(
      memory.used,
      l10n.t('{0} of {1}', bytes(memory.used), bytes(memory.total)),
      memory.total,
    );
    // A sandbox has far more than it uses as a rule: what it uses is to be seen, and not to look like all of it.
    const top = Math.max(disk.used * 1.2, disk.total / 100);
    this.#disk.add(disk.used, l10n.t('{0} of {1}', bytes(disk.used), bytes(disk.total)), top);
    const traffic = l10n.t('{0}/s in, {1}/s out', bytes(network.received), bytes(network.sent));
    this.#network.add(network.received + network.sent, traffic, 1024);
    this.#summary.textContent =
      processCount === 1 ? l10n.t('1 process') : l10n.t('{0} processes', processCount);
    this.#rows.replaceChildren(
      ...processes.map(({ pid, command, cpuMs, memory: resident }) => {
        const row = element('tr');
        const cells = [String(pid), command, milliseconds(cpuMs), bytes(resident)];
        row.append(...cells.map((text) => element('td', '', text)));
        return row;
      }),
    );
  }
}

function startText(start: readonly StartTime[]): string {
  const total = start.reduce((sum, { ms }) => sum + ms, 0);
  const steps = start.map(({ step, ms }) => `${step} ${milliseconds(ms)}`).join(', ');
  return l10n.t('Started in {0}: {1}', milliseconds(total), steps);
}
