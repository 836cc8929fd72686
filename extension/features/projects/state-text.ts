// A sandbox's state in words and as an icon: never by colour alone.

import { l10n, ThemeColor, ThemeIcon } from 'vscode';
import type { LiveState, StartStep } from './live-state.ts';

export function stateText(state: LiveState): string {
  switch (state.kind) {
    case 'stopped':
      return l10n.t('stopped');
    case 'starting':
      return stepText(state.step);
    case 'running':
      return l10n.t('running');
    case 'stopping':
      return l10n.t('stopping');
    case 'failed':
      return l10n.t('failed');
  }
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

export function stateIcon(state: LiveState): ThemeIcon {
  switch (state.kind) {
    case 'stopped':
      return new ThemeIcon('vm-outline', new ThemeColor('disabledForeground'));
    case 'starting':
    case 'stopping':
      return new ThemeIcon('loading~spin');
    case 'running':
      return new ThemeIcon('vm-running', new ThemeColor('testing.iconPassed'));
    case 'failed':
      return new ThemeIcon('error', new ThemeColor('testing.iconFailed'));
  }
}
