/** Numbers: exact in tables, shorter in sentences; a share is never rounded to nothing or to all. */
const exactly = new Intl.NumberFormat('en');
const shortly = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

export const exact = (value: number): string => exactly.format(value);

export function inSentence(value: number): string {
  if (Math.abs(value) < 1_000_000) return exact(value);
  if (Math.abs(value) < 1_000_000_000) return `${shortly.format(value / 1_000_000)} million`;
  return `${shortly.format(value / 1_000_000_000)} billion`;
}

/** `share(1, 3)` is `33.3 %`, which no line breaks; of nothing it is `—`. */
export function share(part: number, whole: number): string {
  if (whole === 0) return '—';
  const percent = (part / whole) * 100;
  if (part > 0 && percent < 0.1) return '< 0.1\u00a0%';
  if (part < whole && percent > 99.9) return '> 99.9\u00a0%';
  return `${shortly.format(percent)}\u00a0%`;
}

export function bytes(value: number): string {
  if (value < 1_000) return `${exact(value)} B`;
  if (value < 1_000_000) return `${shortly.format(value / 1_000)} kB`;
  return `${shortly.format(value / 1_000_000)} MB`;
}
