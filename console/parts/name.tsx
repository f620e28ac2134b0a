/** Texts that others wrote: each in its own direction, and what can't be seen made visible. */
/** Joiners stay: they shape scripts and emoji. */
const unseen = /[[\p{Cc}\p{Cf}]--[\u200c\u200d]]/v;

export function Name({ children, cut = false }: { children: string; cut?: boolean }) {
  const parts = [...children].map((sign) => (unseen.test(sign) ? nameOf(sign) : sign));
  return (
    <bdi dir="auto" className={cut ? 'cut' : undefined} title={cut ? children : undefined}>
      {unseen.test(children) ? joined(parts) : children}
    </bdi>
  );
}

const nameOf = (sign: string) =>
  `U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

function joined(parts: readonly string[]) {
  return parts.map((part, place) =>
    part.startsWith('U+') ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the place is what names a sign
      <span key={place} className="sign">
        {part}
      </span>
    ) : (
      part
    ),
  );
}
