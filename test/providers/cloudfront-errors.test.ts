import { describe, expect, it } from 'vitest';
import { type Doing, toProviderError } from '../../providers/cloudfront/errors.ts';

const doing: Doing = {
  operation: 'CreateInvalidation',
  distributionId: 'E2EXAMPLE',
  endpoint: 'https://cloudfront.amazonaws.com',
  items: ['/index.html', '/app.css'],
};

/** An error as the SDK throws it. */
function answered(name: string, status: number, message = '', headers: Record<string, string> = {}): Error {
  const error = Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
  return Object.defineProperty(error, '$response', { value: { headers }, enumerable: false });
}

function unanswered(code: string, message: string, name = 'Error'): Error {
  return Object.assign(new Error(message), { name, code, $metadata: { attempts: 1 } });
}

const user = 'User: arn:aws:iam::123456789012:user/ci is not authorized to perform: cloudfront:CreateInvalidation';

describe('toProviderError', () => {
  it.each([
    ['NoSuchDistribution', answered('NoSuchDistribution', 404, 'gone'), 'missing', 'E2EXAMPLE does not exist'],
    ['NoSuchInvalidation', answered('NoSuchInvalidation', 404), 'missing', 'does not know the invalidation'],
    ['AccessDenied', answered('AccessDenied', 403, user), 'auth', 'lack cloudfront:CreateInvalidation'],
    ['ExpiredToken', answered('ExpiredToken', 403), 'auth', 'have expired'],
    ['ExpiredTokenException', answered('ExpiredTokenException', 400), 'auth', 'have expired'],
    [
      'no credentials',
      Object.assign(new Error('Could not load credentials from any providers'), { name: 'CredentialsProviderError' }),
      'auth',
      'No AWS credentials for CloudFront were found ("Could not load credentials from any providers").',
    ],
    ['InvalidClientTokenId', answered('InvalidClientTokenId', 403), 'auth', 'refused the AWS credentials'],
    ['MissingAuthenticationToken', answered('MissingAuthenticationToken', 403), 'auth', 'refused the AWS credentials'],
    ['RequestTimeTooSkewed', answered('RequestTimeTooSkewed', 403), 'auth', 'clock'],
    ['TooMany…', answered('TooManyInvalidationsInProgress', 400), 'throttled', 'too many invalidations in progress'],
    ['Throttling', answered('Throttling', 400, 'Rate exceeded'), 'throttled', 'slow down'],
    ['ThrottlingException', answered('ThrottlingException', 400), 'throttled', 'slow down'],
    ['429', answered('Unknown', 429), 'throttled', 'slow down'],
    ['ServiceUnavailable', answered('ServiceUnavailable', 503), 'unavailable', 'ServiceUnavailable (HTTP 503)'],
    ['InternalError', answered('InternalError', 500), 'unavailable', 'https://cloudfront.amazonaws.com failed'],
    ['InvalidArgument', answered('InvalidArgument', 400, 'bad'), 'rejected', '/index.html and 1 more ("bad")'],
    ['reused reference', answered('InvalidationBatchAlreadyExists', 400), 'rejected', 'refused the invalidation'],
    ['BatchTooLarge', answered('BatchTooLarge', 413), 'rejected', 'the 2 it was sent'],
    ['another refusal', answered('InconsistentQuantities', 400, 'no.'), 'rejected', 'InconsistentQuantities ("no")'],
    ['refused connection', unanswered('ECONNREFUSED', 'connect ECONNREFUSED'), 'unavailable', 'cannot be reached'],
    ['unknown host', unanswered('ENOTFOUND', ''), 'unavailable', 'amazonaws.com cannot be reached ("ENOTFOUND")'],
    [
      'timeout',
      Object.assign(new Error('late'), { name: 'TimeoutError' }),
      'unavailable',
      'cannot be reached ("late")',
    ],
    ['a page of a proxy', answered('SyntaxError', 200, 'not XML'), 'unavailable', 'cannot be reached'],
    ['no error at all', 'boom', 'rejected', 'CloudFront refused CreateInvalidation'],
  ] as const)('%s', (_, error, kind, part) => {
    const translated = toProviderError(error, doing);
    expect(translated.kind).toBe(kind);
    expect(translated.message).toContain(part);
    expect(translated.message).not.toMatch(/\.\.$/);
    expect(translated.cause).toBe(error);
  });

  it('names the permissions and the distribution in the hint of AccessDenied', () => {
    const { hint, message } = toProviderError(answered('AccessDenied', 403, user), {
      ...doing,
      operation: 'GetInvalidation',
    });
    expect(message).toContain('cloudfront:GetInvalidation');
    expect(message).toContain('user/ci');
    expect(hint).toContain('cloudfront:CreateInvalidation and cloudfront:GetInvalidation');
    expect(hint).toContain('distribution/E2EXAMPLE');
  });

  it.each([
    ['no slash', 'index.html'],
    ['a star inside', '/a*b.css'],
    ['a space', '/a b.css'],
    ['not ASCII', '/café'],
    ['too long', `/${'a'.repeat(4_000)}`],
  ])('names the path that breaks a rule: %s', (_, wrong) => {
    const error = toProviderError(answered('InvalidArgument', 400), { ...doing, items: ['/ok.css', '/app/*', wrong] });
    expect(error.message).toContain(wrong.slice(0, 200));
    expect(error.message).not.toContain('/ok.css');
    expect(error.message.length).toBeLessThan(400);
  });

  it('says how long the vendor asked to wait', () => {
    expect(toProviderError(answered('Throttling', 400, '', { 'retry-after': '7' }), doing).retryAfterMs).toBe(7_000);
    expect(toProviderError(answered('ServiceUnavailable', 503, '', { 'retry-after': '2' }), doing).retryAfterMs).toBe(
      2_000,
    );
    expect(toProviderError(answered('Throttling', 400), doing).retryAfterMs).toBeUndefined();
  });

  it('never repeats what AWS says about a wrong signature: it quotes the session token', () => {
    const said = 'The Canonical String should have been: x-amz-security-token:SECRETTOKEN';
    const { message, hint } = toProviderError(answered('SignatureDoesNotMatch', 403, said), doing);
    expect(`${message}${hint}`).not.toContain('SECRETTOKEN');
  });
});
