/** Style and script of the page, and the policy that lets the browser run these two and nothing else. */
import { createHash } from 'node:crypto';

export const PAGE_STYLE = `
:root{--ground:#f6f7f9;--card:#fff;--text:#1b1f27;--soft:#667085;--line:#e4e7ec;--accent:#3357d6;--good:#0f7b46;--bad:#b42318;--warn:#fff4e0}
@media (prefers-color-scheme:dark){:root{--ground:#12151b;--card:#1a1f28;--text:#e7eaf0;--soft:#98a2b3;--line:#2c3340;--accent:#8ea6ff;--good:#5fd39a;--bad:#ff8a80;--warn:#3a2d12}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:72rem;padding:2rem 1.25rem 3rem;background:var(--ground);color:var(--text);font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.6rem;margin:0}
h2{font-size:1.05rem;margin:2rem 0 .6rem}
h3{font-size:1rem;margin:0;font-weight:500;overflow-wrap:anywhere}
h3 bdi{font-weight:650;margin-right:.5rem}
h3 strong{font-variant-numeric:tabular-nums}
header p,.note,.empty{color:var(--soft);margin:.2rem 0}
.note{font-size:.85rem}
a{color:var(--accent)}
#state{margin-left:.4rem;padding:.05rem .55rem;border-radius:1rem;border:1px solid var(--line);font-size:.8rem;color:var(--good)}
#state.lost{color:var(--bad)}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(8rem,1fr));gap:.75rem;margin:1.5rem 0 0}
.figures div,.card,.empty{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.8rem 1rem}
.figures dt{color:var(--soft);font-size:.85rem}
.figures dd{margin:0;font-size:1.5rem;font-weight:600;font-variant-numeric:tabular-nums}
.fault{margin:1rem 0 0;padding:.6rem 1rem;border-radius:.6rem;background:var(--warn);border:1px solid var(--line)}
.card{margin-bottom:.9rem}
.card .empty{border:0;padding:.4rem 0 0}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.88rem}
section table{margin-top:.6rem}
th{text-align:left;font-weight:500;color:var(--soft);border-bottom:1px solid var(--line)}
th,td{padding:.3rem 1.2rem .3rem 0;white-space:nowrap}
td{font-variant-numeric:tabular-nums}
tr+tr td{border-top:1px solid var(--line)}
.number{text-align:right}
.good{color:var(--good)}
.bad{color:var(--bad)}
`;

/** Takes the page anew every 2 seconds while it is looked at, and puts its main part in place of the old. */
export const PAGE_SCRIPT = `
const state = document.getElementById('state');
async function refresh() {
  if (document.hidden) return;
  try {
    const text = await (await fetch('/', { cache: 'no-store' })).text();
    const fresh = new DOMParser().parseFromString(text, 'text/html').querySelector('main');
    const shown = document.querySelector('main');
    if (fresh.innerHTML !== shown.innerHTML) shown.replaceWith(fresh);
    state.textContent = 'Live';
    state.className = '';
  } catch {
    state.textContent = 'Not answering';
    state.className = 'lost';
  }
}
setInterval(refresh, 2000);
`;

export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src ${hashSource(PAGE_STYLE)}`,
  `script-src ${hashSource(PAGE_SCRIPT)}`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

function hashSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
