import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface TokenServer {
  readonly url: string;
  /** Subject tokens that were handed in. */
  readonly asked: string[];
  close(): Promise<void>;
}

/**
 * Google's security token service, as workload identity federation asks it: a subject token for an access token.
 * https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
 */
export async function startTokenServer(accessToken: string): Promise<TokenServer> {
  const asked: string[] = [];
  const server = createServer(async (message, response) => {
    const form = new URLSearchParams(await text(message));
    const subject = form.get('subject_token') ?? '';
    asked.push(subject);
    const isKnown = subject === 'known-subject';
    const body = isKnown
      ? {
          access_token: accessToken,
          token_type: 'Bearer',
          expires_in: 3600,
          issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        }
      : { error: 'invalid_grant', error_description: 'The subject token is not valid.' };
    response.writeHead(isKnown ? 200 : 400, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/token`,
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
