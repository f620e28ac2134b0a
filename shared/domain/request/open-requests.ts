/**
 * The requests of one chunk that are still to be made, next first. They follow from the batch size and the account
 * alone, so that every turn at the chunk makes the same ones: a request that was tried goes on as the very request it
 * was, one that was answered is not made again, and a refused one goes on in halves until the bad records stand alone.
 */
import type { Fault } from '../words/problem.ts';
import type { ChunkAccount, Tried } from './account.ts';
import { cut, halves, overlaps, parts, type Range, sizeOf } from './request.ts';

/** Requests that looking for bad records may cost in one chunk, over all turns at it. */
export const maxExtraRequests = 200;

export class OpenRequests {
  readonly #account: ChunkAccount;
  #ranges: Range[];
  #extraRequests: number;
  #batchLimit: number;
  readonly #putOff = new Set<number>();

  /** `within`: positions of one kind. `batchLimit`: what the platform was found to take, at most. */
  constructor(account: ChunkAccount, within: Range, batchSize: number, batchLimit = batchSize) {
    this.#account = account;
    this.#batchLimit = Math.min(batchSize, batchLimit);
    this.#extraRequests = maxExtraRequests - 2 * account.searches - account.namings;
    const gaps = account.gaps();
    const isOpen = (range: Range) => gaps.some((gap) => overlaps(range, gap));
    const isPartlyOpen = (range: Range) =>
      isOpen(range) &&
      !account.hasNamed(range) &&
      !gaps.some(({ from, to }) => from <= range.from && range.to <= to);
    this.#ranges = this.#parts(cut(within, batchSize), isPartlyOpen).filter(isOpen);
  }

  get following(): Range | undefined {
    return this.#ranges[0];
  }

  take(): Range | undefined {
    return this.#ranges.shift();
  }

  /** The range was refused, and its halves come next. False where that would cost more than is left. */
  search(range: Range, fault: Fault, tried: Tried): boolean {
    if (this.#extraRequests < 2) return false;
    this.#extraRequests -= 2;
    this.#account.keepOpen(range, fault, tried, 'refused');
    this.halve(range);
    return true;
  }

  /** The range comes last, once. False where nobody else is left to ask. */
  putOff(range: Range): boolean {
    if (this.#ranges.length === 0 || this.#putOff.has(range.from)) return false;
    this.#putOff.add(range.from);
    this.#ranges.push(range);
    return true;
  }

  /** Some of the range's records are settled by name, and the others come next, as one request. */
  withoutNamed(range: Range, fault: Fault, tried: Tried): boolean {
    if (this.#extraRequests < 1) return false;
    this.#extraRequests -= 1;
    this.#account.keepRest(range, fault, tried);
    this.#ranges = [range, ...this.#ranges];
    return true;
  }

  /** The range was too large: its halves come next, and what was never tried is no larger. Gives the new limit. */
  shrink(range: Range, fault: Fault, tried: Tried): number {
    this.#batchLimit = Math.min(this.#batchLimit, Math.ceil(sizeOf(range) / 2));
    this.#account.keepOpen(range, fault, tried, 'too-large');
    this.halve(range);
    return this.#batchLimit;
  }

  /** One body does not hold the range, so that nobody was asked: its halves come next. */
  halve(range: Range): void {
    this.#ranges = this.#parts([...halves(range), ...this.#ranges]);
  }

  #parts(ranges: readonly Range[], isPartlyOpen: (range: Range) => boolean = () => false): Range[] {
    const isHalved = (range: Range) =>
      this.#account.wasHalved(range) ||
      (sizeOf(range) > this.#batchLimit && this.#account.tried(range).attempts === 0) ||
      isPartlyOpen(range);
    return ranges.flatMap((range) => parts(range, isHalved));
  }
}
