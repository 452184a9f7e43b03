/** Dark, light, or whatever the system says. */
const themes = ["system", "dark", "light"] as const;
export type Theme = (typeof themes)[number];

const STORAGE_KEY = "netconf-kit.theme";

export function currentTheme(): Theme {
  const stored = localStorage.getItem(STORAGE_KEY);
  return themes.find((theme) => theme === stored) ?? "system";
}

/** Puts the chosen theme where the style sheet looks for it. */
export function applyTheme(): void {
  document.documentElement.dataset.theme = currentTheme();
}

/** Goes on to the next theme. */
export function nextTheme(): Theme {
  const next = themes[(themes.indexOf(currentTheme()) + 1) % themes.length] ?? "system";
  localStorage.setItem(STORAGE_KEY, next);
  applyTheme();
  return next;
}
