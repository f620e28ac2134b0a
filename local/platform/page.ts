/** The page that shows what the platform holds. Every value goes through the escaping template of `hono/html`. */
import { html, raw } from 'hono/html';
import type { Audience, Member } from './audience.ts';
import { PAGE_SCRIPT, PAGE_STYLE } from './page-assets.ts';
import type { RequestEntry, Stats } from './request-log.ts';

const AUDIENCES_SHOWN = 20;
const MEMBERS_SHOWN = 8;
const FIELDS_SHOWN = 6;
const VALUE_LENGTH = 44;

/** What `html` makes: text that is escaped already. */
type Html = ReturnType<typeof html>;

export interface PageView {
  readonly audiences: readonly Audience[];
  /** Newest first. */
  readonly requests: readonly RequestEntry[];
  readonly stats: Readonly<Stats>;
  /** What the platform is told to do wrong, in a few words, or null. */
  readonly fault: string | null;
}

export function renderPage(view: PageView): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Sample platform</title>
<link rel="icon" href="data:,">
<style>${raw(PAGE_STYLE)}</style>
</head>
<body>
<header>
<h1>Sample platform</h1>
<p>An advertising platform in small, on this machine only. Audience Mirror delivers to it. <span id="state">Live</span></p>
</header>
<main>
${summary(view)}
<h2>Audiences</h2>
${audiences(view.audiences)}
<h2>Last requests</h2>
${requests(view.requests)}
</main>
<script>${raw(PAGE_SCRIPT)}</script>
</body>
</html>`;
}

function summary({ stats, fault }: PageView): Html {
  const figures: [string, number][] = [
    ['requests', stats.requests],
    ['added', stats.added],
    ['updated', stats.updated],
    ['removed', stats.removed],
    ['repeats', stats.repeats],
  ];
  return html`<dl class="figures">
${figures.map(([name, value]) => html`<div><dt>${name}</dt><dd>${count(value)}</dd></div>`)}
</dl>
${fault === null ? '' : html`<p class="fault">Told to fail: ${fault}</p>`}`;
}

function audiences(all: readonly Audience[]): Html {
  if (all.length === 0) {
    return html`<p class="empty">No audiences yet. One appears here with the first request that names it.</p>`;
  }
  const hidden = all.length - AUDIENCES_SHOWN;
  return html`${all.slice(0, AUDIENCES_SHOWN).map(audienceCard)}
${hidden > 0 ? html`<p class="empty">and ${count(hidden)} more: <a href="/audiences">all</a></p>` : ''}`;
}

function audienceCard(audience: Audience): Html {
  const path = `/audiences/${encodeURIComponent(audience.id)}`;
  return html`<section class="card">
<h3><bdi>${cut(audience.id)}</bdi> <strong>${count(audience.count)}</strong> ${audience.count === 1 ? 'member' : 'members'}</h3>
<p class="note">by <bdi>${cut(audience.identity)}</bdi> · changed ${clock(audience.changedAt)} UTC · <a href="${path}/members">all as JSON</a></p>
${memberTable(audience)}
</section>`;
}

function memberTable(audience: Audience): Html | string {
  const shown = firstMembers(audience);
  if (shown.length === 0) return html`<p class="empty">Nobody in it.</p>`;
  const fields = fieldsOf(shown, audience.identity);
  const hidden = audience.count - shown.length;
  return html`<div class="scroll"><table>
<thead><tr>${fields.map((field) => html`<th><bdi>${cut(field)}</bdi></th>`)}</tr></thead>
<tbody>${shown.map((member) => memberRow(member, fields))}</tbody>
</table></div>
${hidden > 0 ? html`<p class="note">and ${count(hidden)} more</p>` : ''}`;
}

function firstMembers(audience: Audience): Member[] {
  const first: Member[] = [];
  for (const member of audience.members.values()) {
    if (first.push(member) === MEMBERS_SHOWN) break;
  }
  return first;
}

function memberRow(member: Member, fields: readonly string[]): Html {
  return html`<tr>${fields.map((field) => html`<td><bdi>${cut(textOf(member, field))}</bdi></td>`)}</tr>\n`;
}

/** The identity first, then the others in the order in which they are met. */
function fieldsOf(members: readonly Member[], identity: string): string[] {
  const fields = new Set([identity]);
  for (const member of members) for (const field of Object.keys(member)) fields.add(field);
  return [...fields].slice(0, FIELDS_SHOWN);
}

function textOf(member: Member, field: string): string {
  const value = Object.hasOwn(member, field) ? member[field] : undefined;
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function requests(entries: readonly RequestEntry[]): Html {
  if (entries.length === 0) return html`<p class="empty">No requests yet.</p>`;
  return html`<div class="card scroll"><table>
<thead><tr><th>Time (UTC)</th><th>Method</th><th>Path</th><th class="number">Records</th><th class="number">Status</th><th>Applied</th><th>Fault</th></tr></thead>
<tbody>${entries.map(requestRow)}</tbody>
</table></div>
<p class="note"><a href="/requests">all requests as JSON</a> · <a href="/stats">counters</a> · <a href="/faults">faults</a></p>`;
}

function requestRow(entry: RequestEntry): Html {
  const { method, path, identities, status, applied, fault } = entry;
  const good = status !== null && status < 300;
  return html`<tr><td>${entry.time.slice(11, 23)}</td><td>${method}</td><td><bdi>${cut(path)}</bdi></td>
<td class="number">${count(identities)}</td><td class="number ${good ? 'good' : 'bad'}">${status ?? 'none'}</td>
<td>${applied ? 'yes' : 'no'}</td><td>${fault === 'none' ? '' : cut(fault)}</td></tr>\n`;
}

function cut(text: string): string {
  const whole = text.toWellFormed();
  return whole.length <= VALUE_LENGTH ? whole : `${whole.slice(0, VALUE_LENGTH - 1)}…`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function clock(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}
