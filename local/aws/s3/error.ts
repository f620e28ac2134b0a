import type { Elements } from './xml.ts';

/** A refusal in S3's own words: SDK clients show `code` as the error's name. */
export class S3Error extends Error {
  readonly status: number;
  readonly code: string;
  /** Further elements of the error document, such as `Key`. */
  readonly detail: Elements;

  constructor(status: number, code: string, message: string, detail: Elements = {}) {
    super(message);
    this.name = 'S3Error';
    this.status = status;
    this.code = code;
    this.detail = detail;
  }
}

export const noSuchKey = (key: string) =>
  new S3Error(404, 'NoSuchKey', 'The specified key does not exist.', { Key: key });

export const noSuchUpload = (id: string) =>
  new S3Error(404, 'NoSuchUpload', 'The specified multipart upload does not exist.', {
    UploadId: id,
  });

export const preconditionFailed = (condition: string) =>
  new S3Error(
    412,
    'PreconditionFailed',
    'At least one of the pre-conditions you specified did not hold',
    { Condition: condition },
  );

export const invalidArgument = (name: string, message: string) =>
  new S3Error(400, 'InvalidArgument', message, { ArgumentName: name });

export const malformedXml = () =>
  new S3Error(400, 'MalformedXML', 'The XML you provided was not well-formed or not as expected.');

export const incompleteBody = () =>
  new S3Error(
    400,
    'IncompleteBody',
    'You did not provide the number of bytes specified by the Content-Length HTTP header.',
  );

/** What the embedded S3 does not do fails loudly, never silently differently. */
export const notImplemented = (what: string) =>
  new S3Error(501, 'NotImplemented', `The embedded S3 does not implement ${what}.`);
