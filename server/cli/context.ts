// What every command gets: the streams, what the user asked to see, and the engine when needed.

import { isatty } from 'node:tty';
import type { Engine } from '../engine/api.ts';
import { Interrupts } from './interrupts.ts';
import type { LogLevel } from './log-level.ts';
import { renderEvent } from './render/event.ts';
import { styleOf } from './render/style.ts';
import type { Style } from './render/style.ts';
import { LiveRegion } from './terminal/live-region.ts';
import { Sink } from './terminal/sink.ts';
import { windowSize } from './terminal/window.ts';

export interface Context {
  readonly level: LogLevel;
  readonly stdin: typeof process.stdin;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly interrupts: Interrupts;
  /** Both ends are a terminal: a guest program gets one too. */
  readonly interactive: boolean;
  readonly errorStyle: Style;
  /** The part of stderr that progress is drawn in. */
  readonly screen: LiveRegion;
  engine(): Promise<Engine>;
  /** Closes the engine if it was opened. */
  close(): Promise<void>;
}

export function createContext(level: LogLevel, vmm?: string): Context {
  let engine: Promise<Engine> | undefined;
  const stderr = new Sink(process.stderr);
  const errorStyle = styleOf(process.stderr, process.env);
  const screen = new LiveRegion({
    write: (text) => stderr.write(text),
    size: () => windowSize(process.stderr),
    live: errorStyle.live,
  });
  const open = async (): Promise<Engine> => {
    const { createEngine } = await import('../engine/index.ts');
    const opened = createEngine(vmm === undefined ? {} : { vmm });
    opened.onEvent((event) => {
      screen.print(renderEvent(event, level, errorStyle));
    });
    return opened;
  };
  return {
    level,
    // Made when it is read: that takes longer than to read a project.
    get stdin() {
      return process.stdin;
    },
    stdout: new Sink(process.stdout),
    stderr,
    interrupts: new Interrupts(),
    interactive: isatty(0) && isatty(1),
    errorStyle,
    screen,
    engine: () => (engine ??= open()),
    close: async () => {
      await (await engine)?.close();
    },
  };
}
