/** An error of SQS: `code` as its documents name it. Those it has a shape for come under a name of their own. */
export class SqsError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export const invalidValue = (parameter: string, reason: string) =>
  new SqsError(
    'InvalidParameterValue',
    `Value for parameter ${parameter} is invalid. Reason: ${reason}`,
  );

export const missing = (parameter: string) =>
  new SqsError('MissingParameter', `The request must contain the parameter ${parameter}.`);
