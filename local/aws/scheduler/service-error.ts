/** A refusal in the service's own words: SDK clients throw it as an error of class `type`. */
export class ServiceError extends Error {
  readonly type: string;
  readonly status: 400 | 404 | 409 | 500 | 501;

  constructor(status: ServiceError['status'], type: string, message: string) {
    super(message);
    this.name = 'ServiceError';
    this.type = type;
    this.status = status;
  }
}

export const invalid = (message: string) => new ServiceError(400, 'ValidationException', message);

export const notFound = (what: string) =>
  new ServiceError(404, 'ResourceNotFoundException', `${what} does not exist.`);

export const conflict = (what: string) =>
  new ServiceError(409, 'ConflictException', `${what} already exists.`);

/** What the embedded Scheduler does not do fails loudly, never silently differently. */
export const notImplemented = (what: string) =>
  new ServiceError(501, 'NotImplemented', `The embedded Scheduler does not implement ${what}.`);
