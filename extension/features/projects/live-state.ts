// What a sandbox does now, as its events tell.

import type { EngineEvent, Phase } from '../../../server/engine/api.ts';

export type LiveState =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'starting'; readonly step: StartStep }
  | { readonly kind: 'running'; readonly since: Date }
  | { readonly kind: 'stopping' }
  | { readonly kind: 'failed'; readonly message: string };

/** `requested`: asked for, and nothing was heard of it yet. */
export type StartStep = 'requested' | Exclude<Phase, 'running' | 'stopping'>;

export const STOPPED: LiveState = { kind: 'stopped' };

/** The state after an event; the same object when the event changes nothing. */
export function next(state: LiveState, event: EngineEvent): LiveState {
  switch (event.kind) {
    case 'phase':
      return afterPhase(state, event.phase, event.at);
    case 'stopped':
      return STOPPED;
    case 'failed':
      return { kind: 'failed', message: event.message };
    default:
      return state;
  }
}

export function isUp({ kind }: LiveState): boolean {
  return kind === 'starting' || kind === 'running' || kind === 'stopping';
}

function afterPhase(state: LiveState, phase: Phase, at: Date): LiveState {
  if (phase === 'running') return state.kind === 'running' ? state : { kind: 'running', since: at };
  if (phase === 'stopping') return { kind: 'stopping' };
  return state.kind === 'starting' && state.step === phase ? state : { kind: 'starting', step: phase };
}
