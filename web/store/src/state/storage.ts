// What the page remembers on this device. Nothing of it leaves it.

const PREFIX = 'talka.';

/** A text that was kept; nothing where there is none, or where the browser keeps nothing. */
export function recall(name: string): string | undefined {
  try {
    return localStorage.getItem(PREFIX + name) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a text, or forgets it. */
export function keep(name: string, text: string | undefined): void {
  try {
    if (text === undefined) {
      localStorage.removeItem(PREFIX + name);
    } else {
      localStorage.setItem(PREFIX + name, text);
    }
  } catch {
    // A browser that keeps nothing: the page works, and asks again next time.
  }
}
