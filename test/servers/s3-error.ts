import { renderXml, type Xml } from './s3-xml.ts';

/** What S3 answers instead of a result. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export class S3Error extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly more: Readonly<Record<string, Xml>>;
  constructor(
    status: number,
    code: string,
    message = code,
    extra: { headers?: Readonly<Record<string, string>>; more?: Readonly<Record<string, Xml>> } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = extra.headers ?? {};
    this.more = extra.more ?? {};
  }
  render(): string {
    const fields = { Code: this.code, Message: this.message, ...this.more, RequestId: 'TEST' };
    return renderXml('Error', fields).replace(/ xmlns="[^"]*"/, '');
  }
}

export const preconditionFailed = (): S3Error =>
  new S3Error(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');

export const noSuchKey = (key: string): S3Error =>
  new S3Error(404, 'NoSuchKey', 'The specified key does not exist.', { more: { Key: key } });
