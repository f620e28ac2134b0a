/** One HTTP request and what came back, between whoever composes it and whoever sends it. */

/** One HTTP request as it goes over the wire. */
export interface HttpRequest {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'GET' | 'DELETE';
  /** Absolute; credentials in it are refused. */
  readonly url: string;
  /** Lower-case names; those that frame a message (host, content-length, accept-encoding …) are the sender's own. */
  readonly headers: Readonly<Record<string, string>>;
  /** Not read after the answer: its memory is the caller's again. */
  readonly body?: Uint8Array;
  /** From the call to the last byte of the answer, any wait for a connection included; 1 to 120,000 ms. */
  readonly timeoutMs: number;
  /**
   * Epoch milliseconds after which nothing may be put on the wire: the fence against a sender that outlived its turn.
   * Looked at in the very turn of the event loop that writes the first byte; a body still being written then is cut off.
   */
  readonly notAfter: number;
  /** What of an answer's body is read, and how long it may be once it is decoded. @default the sender's */
  readonly maxAnswerBytes?: number;
  /** Whether an answer says that the credentials are bad though its status is not 401; must not throw. */
  readonly refusesCredentials?: (
    answer: Extract<HttpAnswer, { kind: 'answer' }>,
  ) => Promise<boolean>;
  /** Called when the request has begun to go out, so that the wait for its answer can be used; must not throw. */
  readonly onSent?: () => void;
}

/**
 * What came back. `refused`: nothing left the process (forbidden address, invalid header, `notAfter` passed).
 * `none`: no complete answer; the platform may have applied the request.
 */
export type HttpAnswer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      /** Lower-case names; repeated ones joined with ", ". */
      readonly headers: Readonly<Record<string, string>>;
      /** As its sender wrote it, decoded; at most `maxAnswerBytes`, and empty where what is decoded would be longer. */
      readonly body: Uint8Array;
      readonly truncated: boolean;
      /** Its Content-Encoding is unknown here, or is not what it says; the body is empty. */
      readonly undecoded?: boolean;
    }
  | {
      readonly kind: 'none';
      readonly code: string;
      readonly reason: string;
      /** False only where certainly no byte of the request left the process; absent counts as true. */
      readonly sent?: boolean;
      /** Milliseconds to wait, asked for by the service that keeps the request from going out; then it is no failure. */
      readonly waitMs?: number;
    }
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string };
