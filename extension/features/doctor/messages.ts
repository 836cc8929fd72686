// What the doctor's page is told, and what it asks for. What was found may be anybody's words: text, never markup.

/** As the engine's, without what only programs need. */
export interface Finding {
  readonly title: string;
  readonly state: 'good' | 'limited' | 'bad';
  readonly found: string;
  readonly why?: string;
  readonly fix?: string;
  readonly mended?: string;
}

export interface Report {
  /** Absent until the first look has ended. */
  readonly findings?: readonly Finding[];
  /** It is being looked now. */
  readonly isLooking: boolean;
}

/** `ready`: the page listens. `fix`: what nobody could mind. `probe`: the hardware, by booting a guest on it. */
export type Request = 'ready' | 'again' | 'fix' | 'probe' | 'copy';
