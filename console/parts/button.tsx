/** Buttons: a verb and its thing. Where the right to write is missing they stay, can be focused, and say why. */
import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Focusable, Tooltip, TooltipTrigger } from 'react-aria-components';
import { isOffline, useReach } from '../api/reach.ts';
import { say } from '../words/text.ts';

interface ButtonProps {
  readonly children?: ReactNode;
  readonly icon?: LucideIcon;
  /** Of one that only shows its icon. */
  readonly label?: string;
  readonly look?: 'primary' | 'plain' | 'quiet' | 'danger';
  /** It changes something: not without the right, and not while nobody is reached. */
  readonly acts?: boolean;
  readonly isDisabled?: boolean;
  readonly isPending?: boolean;
  readonly autoFocus?: boolean;
  readonly onPress?: () => void;
}

export function Button({
  children,
  icon: Icon,
  label,
  look = 'plain',
  acts = false,
  isDisabled = false,
  isPending = false,
  autoFocus = false,
  onPress = () => undefined,
}: ButtonProps) {
  const reason = useHindrance(acts);
  const button = (
    <button
      type="button"
      className={`button button-${look}`}
      disabled={isDisabled}
      aria-busy={isPending || undefined}
      // biome-ignore lint/a11y/noAutofocus: of a dialog that was asked for
      autoFocus={autoFocus}
      onClick={() => {
        if (reason === undefined && !isPending) onPress();
      }}
      aria-label={label}
      aria-disabled={reason !== undefined || undefined}
    >
      {Icon && <Icon size={16} strokeWidth={1.75} aria-hidden="true" />}
      {children}
    </button>
  );
  const told = reason ?? (children === undefined ? label : undefined);
  if (told === undefined) return button;
  return (
    <TooltipTrigger delay={300}>
      <Focusable>{button}</Focusable>
      <Tooltip className="tooltip" offset={6}>
        {told}
      </Tooltip>
    </TooltipTrigger>
  );
}

/** Why nothing can be changed now; undefined where it can. */
export function useHindrance(acts: boolean): string | undefined {
  const reach = useReach();
  if (!acts) return undefined;
  if (isOffline(reach)) return say('act.offline');
  return reach.mayWrite ? undefined : say('act.readOnly');
}
