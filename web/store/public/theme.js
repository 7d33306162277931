// Before anything is painted: the theme that was chosen last.
{
  let chosen;
  try {
    chosen = localStorage.getItem('talka.theme');
  } catch {
    // No storage: the system decides.
  }
  if (chosen === 'dark' || chosen === 'light') {
    document.documentElement.dataset.theme = chosen;
  }
}
