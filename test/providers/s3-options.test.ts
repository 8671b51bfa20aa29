import { describe, expect, test } from 'vitest';
import { s3Origin } from '../../providers/s3/index.ts';

const parse = (raw: object) => s3Origin.parse({ bucket: 'shop-static', ...raw }, 'environments.prod.origin');

describe('s3 options', () => {
  test.each([
    ['no bucket', { bucket: undefined }, /origin\.bucket/],
    ['a bucket with its scheme', { bucket: 's3://shop-static' }, /origin\.bucket.*bare name/s],
    ['an unknown option', { buckt: 'x' }, /buckt/],
    ['an endpoint without scheme', { endpoint: 'minio:9000' }, /origin\.endpoint/],
    ['an endpoint with a password', { endpoint: 'https://user:pass@minio' }, /origin\.endpoint.*without user name/s],
    ['an unknown ACL', { acl: 'public' }, /origin\.acl/],
    ['an unknown encryption', { serverSideEncryption: 'kms' }, /origin\.serverSideEncryption/],
    ['a key without KMS', { kmsKeyId: 'k', serverSideEncryption: 'AES256' }, /origin\.kmsKeyId/],
    ['no concurrency', { concurrency: 0 }, /origin\.concurrency/],
  ])('%s is refused with its path', (_, raw, message) => {
    expect(() => parse(raw)).toThrow(message);
  });

  test('secrets of an endpoint are not repeated', () => {
    expect(() => parse({ endpoint: 'https://user:hunter2@minio' })).not.toThrow(/hunter2/);
  });

  test('the location is endpoint, bucket and prefix without slashes', () => {
    const locate = (raw: object) => s3Origin.locate(parse(raw), '/');
    expect(locate({ prefix: '/static/a/' })).toEqual({ store: 's3.amazonaws.com/shop-static', prefix: 'static/a' });
    expect(locate({ endpoint: 'http://127.0.0.1:9000/' })).toEqual({ store: '127.0.0.1:9000/shop-static', prefix: '' });
  });
});
