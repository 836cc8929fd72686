// One value over the last minute and a half as an area with a line, drawn by the stylesheet's colours.

import { element } from '../../../host/page/elements.ts';

const SAMPLES = 90;
const WIDTH = 180;
const HEIGHT = 40;
/** A line crawls with each sample; who wants less motion sees it move once in so many. */
const STILL_SAMPLES = 10;
const SVG = 'http://www.w3.org/2000/svg';

export class Chart {
  readonly root: HTMLElement;
  readonly #value = element('span', 'value');
  readonly #line = document.createElementNS(SVG, 'polyline');
  readonly #area = document.createElementNS(SVG, 'polygon');
  readonly #label: string;
  readonly #samples: number[] = [];
  #sinceDrawn = STILL_SAMPLES;

  constructor(label: string) {
    this.#label = label;
    this.root = element('figure', 'chart');
    // One thing to a screen reader: what it is and how much.
    this.root.setAttribute('role', 'img');
    const caption = element('figcaption');
    caption.append(element('span', 'label', label), this.#value);
    const picture = document.createElementNS(SVG, 'svg');
    picture.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
    picture.setAttribute('preserveAspectRatio', 'none');
    picture.setAttribute('aria-hidden', 'true');
    picture.append(this.#area, this.#line);
    this.root.append(caption, picture);
  }

  /** `top`: the value at the chart's upper edge; it grows with what is shown. */
  add(sample: number, text: string, top: number): void {
    this.#samples.push(sample);
    if (this.#samples.length > SAMPLES) this.#samples.shift();
    this.#value.textContent = text;
    this.root.setAttribute('aria-label', `${this.#label}: ${text}`);
    this.#sinceDrawn += 1;
    if (wantsLessMotion() && this.#sinceDrawn < STILL_SAMPLES) return;
    this.#sinceDrawn = 0;
    this.#draw(top);
  }

  #draw(top: number): void {
    const highest = Math.max(top, ...this.#samples, Number.EPSILON);
    const step = WIDTH / (SAMPLES - 1);
    const first = WIDTH - (this.#samples.length - 1) * step;
    const points = this.#samples.map((value, index) => {
      const y = HEIGHT - 1 - (value / highest) * (HEIGHT - 2);
      return `${(first + index * step).toFixed(1)},${y.toFixed(1)}`;
    });
    this.#line.setAttribute('points', points.join(' '));
    this.#area.setAttribute('points', `${first.toFixed(1)},${HEIGHT} ${points.join(' ')} ${WIDTH},${HEIGHT}`);
  }
}

/** The system's wish, or the one of the editor's settings. */
function wantsLessMotion(): boolean {
  const isAskedFor = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  return isAskedFor || document.body.classList.contains('vscode-reduce-motion');
}
