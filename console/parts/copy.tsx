/** Copies a text, and says so for a moment. */
import { Check, Copy as CopyIcon, type LucideIcon } from 'lucide-react';
import { useState } from 'react';
import { say } from '../words/text.ts';
import { Button } from './button.tsx';

interface CopyProps {
  readonly text: string | (() => string);
  /** On the button; without it the icon stands alone. */
  readonly children?: string;
  /** Of the button that shows its icon alone. */
  readonly label?: string;
  readonly icon?: LucideIcon;
}

const saidMs = 1_500;

export function Copy({ text, children, label = say('copy.it'), icon = CopyIcon }: CopyProps) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(typeof text === 'string' ? text : text());
    setCopied(true);
    setTimeout(() => setCopied(false), saidMs);
  };
  const said = isCopied ? say('copy.done') : children;
  return (
    <Button
      icon={isCopied ? Check : icon}
      look={children === undefined ? 'quiet' : 'plain'}
      label={isCopied ? say('copy.done') : (children ?? label)}
      onPress={() => void copy()}
    >
      {said}
    </Button>
  );
}

/** A request as one can paste it; the token stays a variable. */
export function curlOf(method: string, path: string, body?: unknown): string {
  const lines = [
    `curl -X ${method} "${location.origin}/v1${path}"`,
    `-H "Authorization: Bearer $TOKEN"`,
  ];
  if (body !== undefined) {
    lines.push(`-H 'content-type: application/json'`);
    lines.push(`-d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`);
  }
  return lines.join(' \\\n  ');
}
