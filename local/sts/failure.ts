/** A failure with the code that AWS gives it. */
export class AwsFailure extends Error {
  override readonly name = 'AwsFailure';
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 403) {
    super(message);
    this.code = code;
    this.status = status;
  }
}
