// A sandbox's state in words and as an icon: never by colour alone.

import { l10n, ThemeColor, ThemeIcon } from 'vscode';
import { imageStep } from '../images/image-step.ts';
import type { ExitStatus, Phase } from '../../../server/engine/api.ts';
import type { LiveState, StartStep } from './live-state.ts';

export function stateText(state: LiveState): string {
  switch (state.kind) {
    case 'stopped':
      return endText(state.exit);
    case 'starting':
      return state.image === undefined ? stepText(state.step) : imageStep(state.image);
    case 'running':
      return l10n.t('running');
    case 'paused':
      return state.idle ? l10n.t('paused until it is used') : l10n.t('paused');
    case 'stopping':
      return l10n.t('stopping');
    case 'saved':
      return l10n.t('saved');
    case 'failed':
      return l10n.t('failed');
  }
}

function endText(exit: ExitStatus | undefined): string {
  if (exit === undefined) return l10n.t('stopped');
  if (exit.outOfMemory) return l10n.t('out of memory');
  return l10n.t('ended with status {0}', exit.code);
}

export function stepText(step: StartStep): string {
  switch (step) {
    case 'requested':
      return l10n.t('starting');
    case 'preparing':
      return l10n.t('preparing');
    case 'booting':
      return l10n.t('booting');
    case 'configuring':
      return l10n.t('configuring');
  }
}

export function phaseText(phase: Phase): string {
  if (phase === 'running') return l10n.t('running');
  return phase === 'stopping' ? l10n.t('stopping') : stepText(phase);
}

export function stateIcon(state: LiveState): ThemeIcon {
  switch (state.kind) {
    case 'stopped':
      return state.exit === undefined
        ? new ThemeIcon('vm-outline', new ThemeColor('disabledForeground'))
        : new ThemeIcon('warning', new ThemeColor('list.warningForeground'));
    case 'starting':
    case 'stopping':
      return new ThemeIcon('loading~spin');
    case 'running':
      return new ThemeIcon('vm-running', new ThemeColor('testing.iconPassed'));
    case 'paused':
      return new ThemeIcon('debug-pause', new ThemeColor('testing.iconQueued'));
    case 'saved':
      return new ThemeIcon('save', new ThemeColor('disabledForeground'));
    case 'failed':
      return new ThemeIcon('error', new ThemeColor('testing.iconFailed'));
  }
}
