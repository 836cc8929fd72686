/** A secret that sandboxes of a file may use, or that was given once. */
export interface SecretState {
  readonly name: string;
  /** That may use it; none: the file does not name it any more. */
  readonly sandboxes: readonly string[];
  /** That the file names for it, in normal form. */
  readonly hosts: readonly string[];
  /** `other hosts`: it was given for fewer hosts than the file names now. */
  readonly value: 'given' | 'missing' | 'other hosts';
}

/** What the user gives for the secrets of one Sandboxfile. It is kept in the user's folder, 0600. */
export interface ProjectSecrets {
  list(): Promise<readonly SecretState[]>;
  /**
   * For the hosts that the file names for it now. Sandboxes have it from their next start on.
   * SECRET_UNKNOWN, SECRET_VALUE.
   */
  set(name: string, value: string, signal?: AbortSignal): Promise<void>;
  /** Tells whether there was one. */
  remove(name: string, signal?: AbortSignal): Promise<boolean>;
}
