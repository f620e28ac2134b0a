/** The operations of the embedded S3, each with the query parameters it understands. */
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { header, receiveFile, receiveText } from './body.ts';
import { invalidArgument, malformedXml, notImplemented, preconditionFailed, S3Error } from './error.ts';
import { type ListPosition, listPage } from './keys.ts';
import { type Conditions, etagMatches, footerOf, type ObjectStore, type StoredObject } from './store.ts';
import type { NamedPart, Uploads } from './uploads.ts';
import { type Elements, elementsNamed, textOf, xmlAnswer } from './xml.ts';

/** One request, taken apart. */
export interface Call {
  readonly store: ObjectStore;
  readonly uploads: Uploads;
  readonly now: () => number;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Empty for a request about no bucket. */
  readonly bucket: string;
  /** Empty for a request about a bucket. */
  readonly key: string;
  readonly query: URLSearchParams;
}

interface Operation {
  readonly name: string;
  readonly method: string;
  readonly about: 'bucket' | 'object';
  /** Query parameters that make it this operation. */
  readonly needs: readonly string[];
  /** Query parameters it may have besides. */
  readonly takes: readonly string[];
  readonly answer: (call: Call) => Promise<void> | void;
}

function operation(
  signature: string,
  answer: Operation['answer'],
  needs: readonly string[] = [],
  takes: readonly string[] = [],
): Operation {
  const [name = '', method = '', about] = signature.split(' ');
  return { name, method, about: about === 'object' ? 'object' : 'bucket', needs, takes, answer };
}
