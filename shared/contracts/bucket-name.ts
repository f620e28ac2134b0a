/**
 * The names that S3 gives to general purpose buckets, which alone can be read here.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
import { z } from 'zod';

const reserved = {
  beginnings: ['xn--', 'sthree-', 'amzn-s3-demo-'],
  ends: ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3'],
} as const;

export const BucketName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    'use the name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens, without s3:// and without an ARN',
  )
  .refine(
    (name) => !name.includes('..'),
    'use the name of a bucket: no two dots follow one another',
  )
  .refine(
    (name) => !/^\d+\.\d+\.\d+\.\d+$/.test(name),
    'use the name of a bucket: it does not look like an IP address',
  )
  .refine(
    (name) =>
      !reserved.beginnings.some((word) => name.startsWith(word)) &&
      !reserved.ends.some((word) => name.endsWith(word)),
    `use the name of a general purpose bucket: none begins with ${reserved.beginnings.join(', ')} or ends with ${reserved.ends.join(', ')}`,
  );
