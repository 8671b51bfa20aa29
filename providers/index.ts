import type { Catalogs } from '../src/provider/catalogs.ts';

/** Every provider that ships with Waybill, by the id that `use` takes. */
export const catalogs: Catalogs = {
  origins: {
    local: async () => (await import('./local/index.ts')).localOrigin,
    memory: async () => (await import('./memory/index.ts')).memoryOrigin,
    s3: async () => (await import('./s3/index.ts')).s3Origin,
    r2: async () => (await import('./r2/index.ts')).r2Origin,
    b2: async () => (await import('./b2/index.ts')).b2Origin,
    spaces: async () => (await import('./spaces/index.ts')).spacesOrigin,
    azure: async () => (await import('./azure/index.ts')).azureOrigin,
    gcs: async () => (await import('./gcs/index.ts')).gcsOrigin,
    minio: async () => (await import('./minio/index.ts')).minioOrigin,
  },
  edges: {
    local: async () => (await import('./local/index.ts')).localEdge,
    cloudfront: async () => (await import('./cloudfront/index.ts')).cloudfrontEdge,
    cloudflare: async () => (await import('./cloudflare/index.ts')).cloudflareEdge,
    fastly: async () => (await import('./fastly/index.ts')).fastlyEdge,
    http: async () => (await import('./http/index.ts')).httpEdge,
  },
};
