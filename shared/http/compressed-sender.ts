/** A sender whose bodies are gzip: the same bytes for the same body, so that every try of a request is one request. */

import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { HttpSender } from '../ports/world.ts';

const compress = promisify(gzip);

/** The fastest level: hashed values compress little, whatever is spent on them. */
const options = { level: constants.Z_BEST_SPEED };

export function compressed(sender: HttpSender): HttpSender {
  return {
    async send(request) {
      if (!request.body) return sender.send(request);
      const body = await compress(request.body, options);
      const headers = { ...request.headers, 'content-encoding': 'gzip' };
      return sender.send({ ...request, headers, body });
    },
  };
}
