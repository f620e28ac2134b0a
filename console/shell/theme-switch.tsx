/** Follows the system unless it is set; kept in this browser. */
import { Monitor, Moon, Sun } from 'lucide-react';
import { useState } from 'react';
import { say } from '../words/text.ts';

const themes = ['system', 'light', 'dark'] as const;
type Theme = (typeof themes)[number];
const icons = { system: Monitor, light: Sun, dark: Moon } as const;

const stored = (): Theme =>
  themes.find((each) => each === localStorage.getItem('theme')) ?? 'system';

export function ThemeSwitch() {
  const [theme, setTheme] = useState(stored);
  const Icon = icons[theme];
  const next = () => {
    const chosen = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system';
    localStorage.setItem('theme', chosen);
    if (chosen === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = chosen;
    setTheme(chosen);
  };
  return (
    <button type="button" className="place" onClick={next}>
      <Icon size={16} strokeWidth={1.75} aria-hidden="true" />
      <span>{say(`theme.${theme}`)}</span>
    </button>
  );
}
