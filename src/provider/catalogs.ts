import type { EdgeProvider, OriginProvider } from './contract.ts';

/** Providers by id; each is imported when it is first used. */
export interface Catalogs {
  readonly origins: Readonly<Record<string, () => Promise<OriginProvider>>>;
  readonly edges: Readonly<Record<string, () => Promise<EdgeProvider>>>;
}
