// What a sandbox does now, as its events tell.

import type {
  EngineEvent,
  ExitStatus,
  ImageEvent,
  Phase,
  SandboxStatus,
} from '../../../server/engine/api.ts';

export type LiveState =
  /** `exit`: how the program ended that the last run was for, where it was seen to end badly. */
  | { readonly kind: 'stopped'; readonly exit?: ExitStatus }
  /** `image`: what is done for its image, before anything else can begin. */
  | { readonly kind: 'starting'; readonly step: StartStep; readonly image?: ImageProgress }
  | { readonly kind: 'running'; readonly since: Date }
  /** `idle`: because nobody wanted anything of it; whatever is asked of it wakes it. */
  | { readonly kind: 'paused'; readonly since: Date; readonly idle: boolean }
  | { readonly kind: 'stopping' }
  /** Ended in the middle of what it did: the next start goes on there. */
  | { readonly kind: 'saved' }
  /** `isPast`: it was before this window, whose user knows it. */
  | ({ readonly kind: 'failed'; readonly isPast?: true } & Failure);

export interface Failure {
  /** Of the engine's catalogue; empty when it is none of it. */
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

type PastRun = NonNullable<SandboxStatus['lastExit']>;

/** `requested`: asked for, and no supervisor was heard of yet. */
export type StartStep = 'requested' | Exclude<Phase, 'running' | 'stopping'>;

export type ImageProgress = Pick<ImageEvent & { readonly kind: 'image' }, 'stage' | 'done' | 'total'>;

export const STOPPED: LiveState = { kind: 'stopped' };
export const SAVED: LiveState = { kind: 'saved' };

/** The state after an event; the same object when the event changes nothing. */
export function next(state: LiveState, event: EngineEvent): LiveState {
  switch (event.kind) {
    case 'phase':
      return afterPhase(state, event.phase, event.at);
    case 'image':
      return afterImage(state, event);
    case 'paused':
      return afterPause(state, event);
    case 'resumed':
      return state.kind === 'paused' ? { kind: 'running', since: state.since } : state;
    case 'stopped':
      if (event.saved === true) return SAVED;
      return endedBadly(event.exit) ? { kind: 'stopped', exit: event.exit } : STOPPED;
    case 'failed':
      return afterFailure(state, event);
    default:
      return state;
  }
}

/** How the last run ended, of one that nobody here has seen. */
export function recalled({ status, error }: PastRun): LiveState {
  if (error !== undefined) return { kind: 'failed', code: '', message: error, isPast: true };
  return endedBadly(status) ? { kind: 'stopped', exit: status } : STOPPED;
}

/** An image has come a step further. Once the sandbox tells of itself, nothing of that is news. */
export function afterImage(state: LiveState, { stage, done, total }: ImageProgress): LiveState {
  if (!isBeforeSupervisor(state)) return state;
  if (stage === 'ready') return { kind: 'starting', step: 'requested' };
  return { kind: 'starting', step: 'requested', image: { stage, done, total } };
}

/** Several tell of one failure. */
export function afterFailure(state: LiveState, { code, message, hint }: Failure): LiveState {
  if (state.kind === 'failed' && state.message === message) return state;
  return { kind: 'failed', code, message, ...(hint === undefined ? {} : { hint }) };
}

/** Nothing runs that could tell; whoever tried to start it knows more. */
export function isBeforeSupervisor(state: LiveState): boolean {
  if (state.kind === 'starting') return state.step === 'requested';
  return !isUp(state);
}

/** Something of it is there. */
export function isUp({ kind }: LiveState): boolean {
  return kind === 'starting' || kind === 'running' || kind === 'paused' || kind === 'stopping';
}

/** Its guest is there, whether it moves or not. */
export function runs({ kind }: LiveState): boolean {
  return kind === 'running' || kind === 'paused';
}

/** What is asked of it is answered. */
export function answers(state: LiveState): boolean {
  return state.kind === 'running' || (state.kind === 'paused' && state.idle);
}

/** It stands still until the user says otherwise. */
export function isHeld(state: LiveState): boolean {
  return state.kind === 'paused' && !state.idle;
}

/** Linux numbers of SIGHUP, SIGINT, SIGKILL and SIGTERM: what ends by them was stopped by somebody. */
const STOPPING: readonly number[] = [1, 2, 9, 15];

function endedBadly(exit: ExitStatus | undefined): exit is ExitStatus {
  if (exit === undefined || exit.code === 0) return false;
  return exit.outOfMemory || !STOPPING.includes(exit.signal);
}

function afterPause(
  state: LiveState,
  { idle, at }: { readonly idle: boolean; readonly at: Date },
): LiveState {
  if (state.kind === 'paused' && state.idle === idle) return state;
  const since = 'since' in state ? state.since : at;
  return { kind: 'paused', since, idle };
}

function afterPhase(state: LiveState, phase: Phase, at: Date): LiveState {
  if (phase === 'running') return state.kind === 'running' ? state : { kind: 'running', since: at };
  if (phase === 'stopping') return { kind: 'stopping' };
  return state.kind === 'starting' && state.step === phase ? state : { kind: 'starting', step: phase };
}
