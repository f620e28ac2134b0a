/** A request as it goes out, to read and to paste. */
import { Person, useHiddenPeople } from '../shell/people-switch.tsx';
import { say } from '../words/text.ts';
import { Copy } from './copy.tsx';

export interface ShownRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface RequestViewProps {
  readonly request: ShownRequest;
  /** How it came about, and what is masked. */
  readonly note: string;
}

export function RequestView({ request, note }: RequestViewProps) {
  const hidden = useHiddenPeople();
  const { method, url, headers, body } = request;
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return (
    <section className="stack stack-tight">
      <div className="row row-wide">
        <h3>{say('request.title')}</h3>
        <Copy text={() => curlOfRequest(request)}>{say('copy.curlShort')}</Copy>
      </div>
      <pre>
        {[`${method} ${url}`, ...lines].join('\n')}
        {body !== undefined && (
          <>
            {'\n\n'}
            {hidden ? <Person>{body}</Person> : indented(body)}
          </>
        )}
      </pre>
      <p className="muted small">{note}</p>
    </section>
  );
}

/** JSON on lines of its own, where it is short enough to read. */
function indented(body: string): string {
  const longest = 20_000;
  try {
    return body.length > longest ? body : JSON.stringify(JSON.parse(body), undefined, 2);
  } catch {
    return body;
  }
}

function curlOfRequest({ method, url, headers, body }: ShownRequest): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  return [
    `curl -X ${method} ${quoted(url)}`,
    ...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`-d ${quoted(body)}`]),
  ].join(' \\\n  ');
}
