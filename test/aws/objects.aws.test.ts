/** The adapters' suite of the buckets, over an S3 by others. */
import '../ports/state-store.test.ts';
