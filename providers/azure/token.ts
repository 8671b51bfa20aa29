import type { AccessToken, TokenCredential } from '@azure/identity';

const scope = 'https://storage.azure.com/.default';
const marginMs = 300_000;

/** Gives the identity's token, asked for once until it nears its end: some credentials start `az` each time. */
export function rememberToken(identity: TokenCredential): () => Promise<string> {
  let held: Promise<AccessToken | null> | undefined;
  let goodUntil = 0;
  return async () => {
    if (held === undefined || Date.now() >= goodUntil) {
      goodUntil = Number.POSITIVE_INFINITY;
      held = identity.getToken(scope).then(
        (token) => {
          goodUntil = (token?.expiresOnTimestamp ?? 0) - marginMs;
          return token;
        },
        (error: unknown) => {
          held = undefined;
          throw error;
        },
      );
    }
    return (await held)?.token ?? '';
  };
}
