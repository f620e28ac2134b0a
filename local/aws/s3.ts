/**
 * The embedded S3: what this product calls of S3, on loopback and kept in a folder, for real AWS SDK clients.
 *
 * - Answered: PutObject, CopyObject, GetObject, HeadObject, DeleteObject, DeleteObjects, ListObjectsV2, multipart uploads,
 *   CreateBucket, HeadBucket and DeleteBucket, at path-style addresses. Anything else is 501 NotImplemented by
 *   name, and so are parameters and headers that would change the meaning of these.
 * - An object appears whole or not at all, and a conditional write has exactly one winner, also when the process
 *   is killed at any moment. Nothing is synced to the disk: a power cut may take the last seconds.
 * - Lifecycle rules of the kind that expires a prefix after days are kept, on the hour and when asked.
 * - Signatures are not verified, but for the access key of this start (`local/loopback.ts`).
 */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { guarded, listening } from '../loopback.ts';
import { serviceGuard } from './identity.ts';
import { type Call, sendEmpty, sendXml, targetOf } from './s3/call.ts';
import { S3Error } from './s3/error.ts';
import { operationFor } from './s3/operations.ts';
import { type ExpiryRule, ObjectStore } from './s3/store.ts';
import { Uploads } from './s3/uploads.ts';
import { xmlError } from './s3/xml.ts';

export interface S3Options {
  /** Where everything is kept; made if missing. One server at a time may use it. */
  readonly folder: string;
  /** @default any free port */
  readonly port?: number;
  /** Epoch milliseconds; what `LastModified` is taken from. @default Date.now */
  readonly now?: () => number;
  /** @default none */
  readonly rules?: readonly ExpiryRule[];
}

export interface RunningS3 {
  /** `http://127.0.0.1:port`, for a client with `forcePathStyle: true`. */
  readonly endpoint: string;
  /** Lets objects go whose days are over by the clock now. */
  expire(): void;
  /** Cuts open connections, and ends once no request is at work and nothing half-written is left. */
  close(): Promise<void>;
}

export async function startS3(options: S3Options): Promise<RunningS3> {
  const now = options.now ?? Date.now;
  const store = new ObjectStore(options.folder);
  const uploads = new Uploads(store, now);
  const running = new Set<Promise<void>>();
  // A large upload may take longer than Node's five minutes.
  const take: RequestListener = (request, response) => {
    const done = answer(request, response, { store, uploads, now }).finally(() =>
      running.delete(done),
    );
    running.add(done);
  };
  const server = createServer({ requestTimeout: 0 }, guarded(take, serviceGuard()));
  const { endpoint, close } = await listening(server, options.port);
  const expire = () => {
    for (const rule of options.rules ?? []) store.expire(rule, now());
  };
  expire();
  const hourly = setInterval(expire, 3_600_000).unref();
  return {
    endpoint,
    expire,
    close: async () => {
      clearInterval(hourly);
      await close();
      await Promise.all(running);
    },
  };
}

type Services = Pick<Call, 'store' | 'uploads' | 'now'>;

/** Never rejects: what goes wrong is told to the client, if it is still there. */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  services: Services,
): Promise<void> {
  try {
    const target = targetOf(request.url ?? '/');
    const operation = operationFor(request, target);
    await operation.answer({ ...services, ...target, request, response });
  } catch (error) {
    if (response.headersSent) response.destroy();
    else refuse(request, response, error);
  }
}

function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const refusal =
    error instanceof S3Error ? error : new S3Error(500, 'InternalError', String(error));
  // What is left of the body must be read, or the connection can't be used again.
  request.resume();
  if (request.method === 'HEAD') {
    sendEmpty(response, refusal.status);
    return;
  }
  const { code, message, detail } = refusal;
  sendXml(response, refusal.status, xmlError({ Code: code, Message: message, ...detail }));
}
