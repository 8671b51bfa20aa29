import type { Connection, Query } from './connection.ts';
import { conflict } from './connection.ts';

/** Numbers of the object's bytes and of its metadata, as the API gives them. */
export interface Generations {
  readonly generation?: string;
  readonly metageneration?: string;
}

/** Google's own etags name both numbers, but no write takes them; preconditions take the numbers. */
export function toEtag({ generation = '', metageneration = '' }: Generations): string {
  return `${generation}-${metageneration}`;
}

function parseEtag(etag: string): Required<Generations> | undefined {
  const [, generation, metageneration] = /^(\d+)-(\d+)$/.exec(etag) ?? [];
  return generation && metageneration && generation !== '0' ? { generation, metageneration } : undefined;
}

/**
 * The preconditions of a write. Throws ProviderError `conflict` for an etag that no object here can have.
 * https://cloud.google.com/storage/docs/request-preconditions
 */
export function toConditions(connection: Connection, key: string, ifMatch: string | null | undefined): Query {
  if (ifMatch === undefined) return {};
  if (ifMatch === null) return { ifGenerationMatch: '0' };
  const wanted = parseEtag(ifMatch);
  if (!wanted) throw conflict(connection, key);
  return { ifGenerationMatch: wanted.generation, ifMetagenerationMatch: wanted.metageneration };
}

/** The preconditions on the source of a copy; `undefined` for an etag that no object here can have. */
export function toSourceConditions(etag: string): Query | undefined {
  const wanted = parseEtag(etag);
  return wanted && { ifSourceGenerationMatch: wanted.generation, ifSourceMetagenerationMatch: wanted.metageneration };
}
