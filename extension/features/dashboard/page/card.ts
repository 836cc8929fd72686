import type { SandboxSnapshot, StartTime, Usage } from '../messages.ts';
import { bytes, milliseconds } from '../amounts.ts';
import { Chart } from './chart.ts';
import { element } from './elements.ts';

/** One sandbox. Everything but its heading is hidden while it does not run. */
export class Card {
  readonly root = element('section', 'card');
  readonly #state = element('span', 'state');
  readonly #body = element('div', 'body');
  readonly #cpu = new Chart('CPU');
  readonly #memory = new Chart('Memory');
  readonly #disk = new Chart('Disk');
  readonly #network = new Chart('Network');
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
    for (const title of ['PID', 'Command', 'CPU time', 'Memory']) {
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
  }

  update({ state, isUp, usage, start }: SandboxSnapshot): void {
    this.#state.textContent = state;
    this.#state.classList.toggle('up', isUp);
    this.#start.textContent = start === undefined ? '' : startText(start);
    this.#body.hidden = usage === undefined;
    if (usage !== undefined) this.#show(usage);
  }

  #show({ cpu, memory, disk, network, processes, processCount }: Usage): void {
    this.#cpu.add(cpu, `${cpu.toFixed(0)} %`, 100);
    this.#memory.add(memory.used, `${bytes(memory.used)} of ${bytes(memory.total)}`, memory.total);
    this.#disk.add(disk.used, `${bytes(disk.used)} of ${bytes(disk.total)}`, disk.used * 1.2);
    const traffic = `${bytes(network.received)}/s in, ${bytes(network.sent)}/s out`;
    this.#network.add(network.received + network.sent, traffic, 1024);
    this.#summary.textContent = processCount === 1 ? '1 process' : `${processCount} processes`;
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
  return `Started in ${milliseconds(total)}: ${steps}`;
}
