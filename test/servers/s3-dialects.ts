import type { Fault, S3Request } from './s3.ts';

/** What a store answers instead of the result, if it does. */
type Manners = (request: S3Request) => Fault | undefined;

const writes = new Set(['PutObject', 'CopyObject', 'CompleteMultipartUpload']);

/** https://developers.cloudflare.com/r2/api/s3/api/ and /r2/platform/limits/; `writeIntervalMs` stands for R2's second. */
export function r2Manners({ writeIntervalMs }: { readonly writeIntervalMs: number }): Manners {
  const lastWrites = new Map<string, number>();
  return (request) => {
    const refused = refuseHeaders(request, { conditions: ['CopyObject', 'CompleteMultipartUpload'] });
    if (refused || !writes.has(request.operation)) return refused;
    const now = performance.now();
    if (now - (lastWrites.get(request.key) ?? Number.NEGATIVE_INFINITY) < writeIntervalMs) {
      const message = 'Reduce your concurrent request rate for the same object.';
      return { status: 429, code: 'ServiceUnavailable', message };
    }
    lastWrites.set(request.key, now);
    return undefined;
  };
}

/** https://www.backblaze.com/docs/cloud-storage-s3-compatible-api and /cloud-storage-files. */
export function b2Manners(): Manners {
  return (request) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    if (writes.has(request.operation) && /[\u0000-\u001f\u007f]/.test(request.key)) {
      return { status: 400, code: 'InvalidRequest', message: 'File name contains invalid characters' };
    }
    return refuseHeaders(request, { conditions: [...writes] });
  };
}

/** Headers that the older of these stores do not know: ACLs, checksums in trailers, tags, and conditions on some operations. */
function refuseHeaders(
  { awsChunked, headers, operation }: S3Request,
  { conditions }: { readonly conditions: readonly string[] },
): Fault | undefined {
  const isConditional = 'if-match' in headers || 'if-none-match' in headers;
  const refused = [
    'x-amz-acl' in headers && 'x-amz-acl',
    'x-amz-tagging' in headers && 'x-amz-tagging',
    'x-amz-tagging-directive' in headers && 'x-amz-tagging-directive',
    (awsChunked || 'x-amz-trailer' in headers) && 'x-amz-trailer',
    isConditional && conditions.includes(operation) && 'a condition',
  ].find((name) => name !== false);
  if (refused === undefined) return undefined;
  return { status: 501, code: 'NotImplemented', message: `${refused} implies functionality that is not implemented` };
}
