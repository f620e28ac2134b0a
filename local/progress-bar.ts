/** How far a run is, where somebody watches. */
import { progressLine } from '../shared/domain/run/report.ts';
import type { RunProgress } from './system.ts';

/** One line that moves where the output is a terminal; a line a phase where it is not. */
export class ProgressBar {
  readonly #out: NodeJS.WriteStream;
  #last = '';

  constructor(out: NodeJS.WriteStream = process.stdout) {
    this.#out = out;
  }

  show({ run, settled, chunks }: RunProgress): void {
    const text = progressLine(run.phase, settled, chunks);
    if (this.#out.isTTY) this.#out.write(`\r\u001b[2K${text}`);
    else if (run.phase !== this.#last) this.#out.write(`${text}\n`);
    this.#last = run.phase;
  }

  end(): void {
    if (this.#out.isTTY) this.#out.write('\r\u001b[2K');
    this.#last = '';
  }
}
