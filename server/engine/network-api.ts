/** Of one sandbox, since its network's gateway connected it. */
export interface NetworkCounts {
  /** Decisions about destinations and names; each denial is in the audit log. */
  readonly allowed: number;
  readonly denied: number;
  /** TCP connections and UDP conversations with what is outside the network. */
  readonly connections: number;
  readonly sessions: number;
  /** Refused because the sandbox had too many at once. */
  readonly limited: number;
  /** How often the value of a secret was put into a request, and how often its placeholder was left where it was met. */
  readonly secretsUsed: number;
  readonly secretsRefused: number;
  /** Frames that the guest may not send, or that came too fast, by reason. */
  readonly droppedFrames: Readonly<Record<string, number>>;
}
