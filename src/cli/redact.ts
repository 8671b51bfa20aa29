import { isCredential } from '../config/credentials.ts';
import type { Variables } from './io.ts';

// Shorter values would black out ordinary words.
const leastSecretLength = 8;

/** Takes the values of secret-looking variables, and passwords and signatures in URLs, out of a text; a last net under messages and stacks. */
export function redact(text: string, env: Variables): string {
  const secrets = Object.entries(env)
    .filter(([name, value]) => isCredential(name) && (value ?? '').length >= leastSecretLength)
    .map(([, value]) => value ?? '')
    // A secret may begin with another one.
    .sort((a, b) => b.length - a.length);
  const bare = text.replace(/(\/\/)[^/@\s]*@/g, '$1***@').replace(/([?&]sig=)[^&\s"']+/gi, '$1***');
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), bare);
}
