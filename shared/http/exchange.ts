/**
 * One request and its answer on one connection. undici calls `onRequestStart` in the same turn of the event loop,
 * and in the same call, that writes the request's first byte: a throw there is the last moment at which nothing
 * has left. From then on the request counts as sent, whatever becomes of it.
 */

import type { Dispatcher } from 'undici';
import type { HttpAnswer } from '../contracts/http.ts';
import { answeredEarly, answerHeaders, cutOff, noAnswer, timedOut, tooLate } from './answers.ts';
import { BoundedBody } from './bounded-body.ts';
import type { Connection } from './connections.ts';
import type { WireRequest } from './wire-request.ts';

export interface ExchangeInput {
  readonly wire: WireRequest;
  readonly clock: { now(): number };
  /** Epoch milliseconds. */
  readonly notAfter: number;
  readonly maxAnswerBytes: number;
  /** Fires when the request's whole time is over. */
  readonly deadline: AbortSignal;
  readonly onSent?: (() => void) | undefined;
}

/** `reusable`: the connection may carry another request. */
export interface Exchanged {
  readonly answer: HttpAnswer;
  readonly reusable: boolean;
}

export function exchange(connection: Connection, input: ExchangeInput): Promise<Exchanged> {
  const { wire } = input;
  return new Promise((resolve) => {
    const handler = new ExchangeHandler(connection, input, resolve);
    connection.client.dispatch(
      {
        path: wire.path,
        method: wire.method,
        headers: wire.headers,
        body: wire.body,
        // Never to be sent twice by undici, and keep-alive even for a DELETE with a body.
        idempotent: false,
        reset: false,
      },
      handler,
    );
  });
}

class ExchangeHandler implements Dispatcher.DispatchHandler {
  readonly #connection: Connection;
  readonly #input: ExchangeInput;
  readonly #resolve: (exchanged: Exchanged) => void;
  readonly #body: BoundedBody;
  readonly #onDeadline = () => this.#fail(timedOut(this.#input.wire.host, this.#sent));
  #fence: NodeJS.Timeout | undefined;
  #settled = false;
  #sent = false;
  #status = 0;
  #headers: Readonly<Record<string, string>> = {};

  constructor(
    connection: Connection,
    input: ExchangeInput,
    resolve: (exchanged: Exchanged) => void,
  ) {
    this.#connection = connection;
    this.#input = input;
    this.#resolve = resolve;
    this.#body = new BoundedBody(input.maxAnswerBytes);
    if (input.deadline.aborted) this.#onDeadline();
    else input.deadline.addEventListener('abort', this.#onDeadline, { once: true });
  }

  onRequestStart(): void {
    if (this.#settled) throw new Error('The request was given up before it was sent.');
    const left = this.#input.notAfter - this.#input.clock.now();
    if (left < 0) {
      this.#settle({ answer: tooLate(), reusable: true });
      throw new Error('The request was too late to be sent.');
    }
    this.#sent = true;
    if (this.#input.onSent) setImmediate(this.#input.onSent);
    if (left <= MAX_FENCE_MS) this.#fence = setTimeout(() => this.#cutUnwritten(), left + 1);
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    // Informational answers come before the real one.
    if (status < 200) return;
    this.#status = status;
    this.#headers = answerHeaders(controller.rawHeaders);
  }

  /** An answer that is cut settles as not reusable: its connection is destroyed before more of it is read. */
  onResponseData(_controller: unknown, chunk: Buffer): void {
    if (this.#settled || this.#body.append(chunk)) return;
    this.#settle({ answer: this.#answer(true), reusable: false });
  }

  onResponseEnd(): void {
    // TLS says that it has written one turn of the loop after it has.
    if (this.#connection.unwritten === 0) this.#end();
    else setImmediate(() => this.#end());
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#fail(noAnswer(error, this.#input.wire.host, this.#sent, this.#status));
  }

  /** The fence holds for a long body too: what has not been written by then never is. */
  #cutUnwritten(): void {
    if (this.#connection.unwritten > 0) this.#fail(cutOff());
  }

  /** An answer to a request that is not wholly written ends the connection, which else would read on in the body. */
  #end(): void {
    const reusable = this.#connection.unwritten === 0;
    this.#settle({ answer: this.#answer(false), reusable });
  }

  /** Nobody can have accepted what was cut off, whatever they say. */
  #answer(truncated: boolean): HttpAnswer {
    const isAccepted = this.#status < 300;
    if (isAccepted && this.#connection.unwritten > 0) return answeredEarly(this.#input.wire.host);
    return {
      kind: 'answer',
      status: this.#status,
      headers: this.#headers,
      body: this.#body.bytes(),
      truncated,
    };
  }

  #fail(answer: HttpAnswer): void {
    this.#settle({ answer, reusable: false });
  }

  #settle(exchanged: Exchanged): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#fence);
    this.#input.deadline.removeEventListener('abort', this.#onDeadline);
    this.#resolve(exchanged);
  }
}

/** No request lasts longer, so a fence further away cannot come before its end. */
const MAX_FENCE_MS = 120_000;
