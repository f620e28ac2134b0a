import { parseTemplate } from '../../shared/domain/template/parse.ts';
import { compileTemplate, type Renderer } from '../../shared/domain/template/render.ts';
import {
  type ConnectionTree,
  type Rendered,
  type RenderRecord,
  type Template,
  type TemplateUse,
  usualUse,
} from '../../shared/domain/template/template.ts';

export function parsed(source: string, use: Partial<TemplateUse> = {}): Template {
  const result = parseTemplate(source, { ...usualUse, ...use });
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'));
  return result.template;
}

export const compiled = (source: string, use: Partial<TemplateUse> = {}): Renderer =>
  compileTemplate(parsed(source, use));

export const textOf = (body: Uint8Array): string => Buffer.from(body).toString('utf8');

/** The body as text. Values may be anything, as a test needs it. */
export function render(
  source: string,
  records: readonly unknown[],
  connection: unknown = {},
  use: Partial<TemplateUse> = {},
): Rendered & { text: string } {
  const rendered = compiled(source, use).render(
    records as RenderRecord[],
    connection as ConnectionTree,
  );
  return { ...rendered, text: textOf(rendered.body) };
}
