import { Source } from '../shared/contracts/sync.ts';

/** How a source that says nothing of it is read. */
export const usualReading = Source.parse({ bucket: 'exports', prefix: '' });
