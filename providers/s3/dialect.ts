import type { Action } from './errors.ts';

/** What sets one store that speaks S3's protocol apart from the others, as data. */
export interface Dialect {
  /** Id of the provider, and the scheme of the origin's name: `r2`. */
  readonly id: string;
  /** For messages: `R2`. */
  readonly label: string;
  /** What the store calls the right to do something. */
  readonly permissions: Readonly<Record<Action, string>>;
  /** The options that say where a bucket is, for the hint when it is not there. */
  readonly whereabouts: string;
  readonly maxKeyBytes: number;
  readonly maxObjectBytes: number;
  /** Least time between two writes of one key, in milliseconds. */
  readonly writeIntervalMs: number;
  /** Characters that no key of the store may have. */
  readonly refusedInKeys?: { readonly pattern: RegExp; readonly what: string };
  /**
   * Requests that may carry `If-Match` and `If-None-Match`. Of other copies and multipart uploads the target is looked at first, which
   * leaves a gap of one request; other writes are refused.
   */
  readonly conditions: readonly ('write' | 'complete' | 'copy')[];
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const tebibyte = 2 ** 40;

/** Amazon's own, and what stores that say no more of themselves keep to. */
export const amazonDialect: Dialect = {
  id: 's3',
  label: 'S3',
  /** https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html */
  permissions: {
    list: 's3:ListBucket',
    // Without s3:ListBucket S3 answers 403 for keys that do not exist.
    read: 's3:GetObject and s3:ListBucket',
    head: 's3:GetObject and s3:ListBucket',
    write: 's3:PutObject',
    copy: 's3:GetObject and s3:PutObject',
    remove: 's3:DeleteObject',
  },
  whereabouts: '`bucket`, `region` or `endpoint`',
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
  maxKeyBytes: 1024,
  maxObjectBytes: 5 * tebibyte,
  writeIntervalMs: 0,
  conditions: ['write', 'complete', 'copy'],
};
