/** The network, time, names, and whoever answers for the audience. */
import type { Alert } from '../contracts/alert.ts';
import type { HttpAnswer, HttpRequest } from '../contracts/http.ts';

/** Sends one request and never throws: whatever happens is an answer. */
export interface HttpSender {
  send(request: HttpRequest): Promise<HttpAnswer>;
}

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

/** Names that nobody else has taken. */
export interface Ids {
  /** Sorts by time; 26 characters of `0-9a-z`. */
  next(): string;
}

/** What was told in the last week. */
export interface ToldAlerts {
  has(id: string, now: number): Promise<boolean>;
  add(id: string, now: number): Promise<void>;
}

/** Tells whoever answers for the audience. */
export interface Alerts {
  /** @throws PassingError `alert-refused` */
  raise(alert: Alert): Promise<void>;
}
