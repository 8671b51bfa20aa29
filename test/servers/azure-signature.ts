import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { AzureError } from './azure-store.ts';

export interface Signed {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Checks the account's signature. https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key. Of a SAS only date and
 * permissions are looked at, not the signature; Azurite checks that too.
 */
export function checkSignature(request: Signed, account: string, key: string): void {
  const { searchParams } = request.url;
  if (searchParams.has('sig')) {
    checkSas(searchParams);
    return;
  }
  const header = request.headers.authorization;
  if (header === undefined) throw new AzureError(401, 'NoAuthenticationInformation', 'Server failed to authenticate.');
  const [, owner, signature = ''] = /^SharedKey ([^:]+):(.+)$/.exec(header) ?? [];
  const wanted = createHmac('sha256', Buffer.from(key, 'base64')).update(toSign(request, account)).digest();
  const sent = Buffer.from(signature, 'base64');
  if (owner !== account || sent.length !== wanted.length || !timingSafeEqual(sent, wanted)) {
    throw new AzureError(403, 'AuthenticationFailed', 'Server failed to authenticate the request.');
  }
}

function checkSas(query: URLSearchParams): void {
  const isExpired = Date.parse(query.get('se') ?? '') <= Date.now();
  if (isExpired) throw new AzureError(403, 'AuthenticationFailed', `Signature not valid: sig=${query.get('sig')}`);
  if (!query.get('sp')?.includes('r')) throw new AzureError(403, 'AuthorizationPermissionMismatch');
}

function toSign({ method, url, headers }: Signed, account: string): string {
  const plain = (name: string) => String(headers[name] ?? '');
  const length = plain('content-length');
  const own = Object.keys(headers)
    .filter((name) => name.startsWith('x-ms-'))
    .sort()
    .map((name) => `${name}:${plain(name).trim().replace(/\s+/g, ' ')}`);
  const query = [...new Set(url.searchParams.keys())]
    .sort()
    .map((name) => `${name.toLowerCase()}:${url.searchParams.getAll(name).sort().join(',')}`);
  return [
    method,
    plain('content-encoding'),
    plain('content-language'),
    length === '0' ? '' : length,
    plain('content-md5'),
    plain('content-type'),
    plain('date'),
    plain('if-modified-since'),
    plain('if-match'),
    plain('if-none-match'),
    plain('if-unmodified-since'),
    plain('range'),
    ...own,
    [`/${account}${url.pathname}`, ...query].join('\n'),
  ].join('\n');
}
