/** The runbook by its codes, as the API explains them: each section, and each row of its tables. */
export function problemsText(runbook: string): string {
  const found = new Map<string, string>();
  for (const section of runbook.split(/^### /m).slice(1)) {
    const [name = '', ...lines] = section.split('\n');
    const text = lines.join('\n').split(/^## /m, 1).join('').trim();
    if (/^[a-z][a-z0-9-]*$/.test(name)) found.set(name, `# ${name}\n\n${text}\n`);
  }
  for (const [, code = '', cells = ''] of runbook.matchAll(/^\| `([a-z0-9-]+)` \|(.*)\|$/gm)) {
    const told = cells.split(' | ').map((cell) => cell.trim());
    found.set(code, `# ${code}\n\n${told.at(-1)}.\n`);
  }
  const sorted = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify(Object.fromEntries(sorted), null, 1)}\n`;
}
