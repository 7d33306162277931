// What a screen reader is told when something changes that it would not notice.

class Announcer {
  /** The last words. */
  words = $state('');
}

/** What was said last. */
export const announcer = new Announcer();

/** Says something. */
export function announce(words: string): void {
  announcer.words = words;
}
