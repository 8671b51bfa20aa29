import type { EdgeProvider, OriginProvider } from './contract.ts';

/** Gives a provider of one's own its types; `use` in a ts or js configuration takes the result. */
export function defineProvider<Options, const P extends OriginProvider<Options>>(
  provider: P & OriginProvider<Options>,
): P;
export function defineProvider<Options, const P extends EdgeProvider<Options>>(provider: P & EdgeProvider<Options>): P;
export function defineProvider(provider: OriginProvider | EdgeProvider): OriginProvider | EdgeProvider {
  return provider;
}
