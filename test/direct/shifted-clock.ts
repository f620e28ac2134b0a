/**
 * Loaded before a program: its clock is the real one and the milliseconds that the file named by SHIFTED_CLOCK holds, at any
 * moment. Only what asks for the time sees it; timers run as they do.
 */
import { readFileSync } from 'node:fs';

const file = process.env['SHIFTED_CLOCK'] ?? '';
const RealDate = Date;
const now = () => RealDate.now() + Number(readFileSync(file, 'utf8'));

globalThis.Date = new Proxy(RealDate, {
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  construct: (target, parts) => Reflect.construct(target, parts.length === 0 ? [now()] : parts),
  apply: () => new RealDate(now()).toString(),
});
