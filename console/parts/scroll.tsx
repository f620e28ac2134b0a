/** What may be wider or longer than its place: it scrolls by itself, by keys too. */
import type { ReactNode } from 'react';

interface ScrollProps {
  readonly label: string;
  readonly children: ReactNode;
  /** Of a long text. */
  readonly tall?: boolean;
}

export function Scroll({ label, children, tall = false }: ScrollProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: arrows scroll what has the focus
    <section className={tall ? 'scroll tall' : 'scroll'} aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
