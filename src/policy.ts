import { isDeepStrictEqual } from 'node:util';
import type { Environment } from './config/types.ts';
import type { PolicyDocument } from './provider/contract.ts';

/** The least privilege that an environment needs. */
export interface EnvironmentPolicy {
  readonly documents: readonly PolicyDocument[];
  /** Ids of providers that have nothing to allow, each once. */
  readonly without: readonly string[];
}

/** Asks every provider of an environment, in the order origin, state, edges. Opens nothing and needs no credentials. */
export function readPolicy({ origin, state, edges }: Environment): EnvironmentPolicy {
  const choices = [origin, ...(state === origin ? [] : [state]), ...edges];
  const documents: PolicyDocument[] = [];
  const without = new Set<string>();
  for (const { provider, options } of choices) {
    const own = provider.policy?.(options);
    if (own === undefined) without.add(provider.id);
    for (const document of own ?? []) {
      // Two edges of one token need the same, once.
      if (!documents.some((one) => isDeepStrictEqual(one, document))) documents.push(document);
    }
  }
  return { documents, without: [...without] };
}
