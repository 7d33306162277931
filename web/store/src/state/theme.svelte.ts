// Light or dark: as the system has it, or as somebody chose. `theme.js` does it before anything is painted.

import { keep, recall } from './storage';

type Choice = 'system' | 'light' | 'dark';

class Theme {
  /** What was chosen. */
  choice = $state<Choice>(read());

  /** Chooses. */
  choose(choice: Choice): void {
    this.choice = choice;
    keep('theme', choice === 'system' ? undefined : choice);
    if (choice === 'system') {
      delete document.documentElement.dataset.theme;
    } else {
      document.documentElement.dataset.theme = choice;
    }
  }
}

function read(): Choice {
  const kept = recall('theme');
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}

/** The theme of the page. */
export const theme = new Theme();
