import type { Catalogs } from '../src/provider/catalogs.ts';

/** Every provider that ships with Waybill, by the id that `use` takes. */
export const catalogs: Catalogs = {
  origins: {
    local: async () => (await import('./local/index.ts')).localOrigin,
    memory: async () => (await import('./memory/index.ts')).memoryOrigin,
    s3: async () => (await import('./s3/index.ts')).s3Origin,
  },
  edges: {
    local: async () => (await import('./local/index.ts')).localEdge,
    cloudfront: async () => (await import('./cloudfront/index.ts')).cloudfrontEdge,
    cloudflare: async () => (await import('./cloudflare/index.ts')).cloudflareEdge,
    fastly: async () => (await import('./fastly/index.ts')).fastlyEdge,
    http: async () => (await import('./http/index.ts')).httpEdge,
  },
};
