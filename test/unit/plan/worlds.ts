import type { Manifest, ManifestFile } from '../../../src/model.ts';
import type { World } from '../../../src/plan/diff.ts';

const headers = { 'cache-control': 'public, max-age=0, s-maxage=86400' };

export function file(key: string, sha256: string, cls: ManifestFile['class'] = 'mutable'): ManifestFile {
  return { key, path: key, sha256, size: 1, class: cls, headers };
}

export function manifest(version: number, files: readonly ManifestFile[]): Manifest {
  return { format: 1, project: 'p', environment: 'e', version, source: {}, cdnUrl: 'u', createdAt: 't', files };
}

export function world(changes: Partial<World>): World {
  return {
    wanted: [],
    local: true,
    seen: new Map(),
    missing: new Map(),
    kept: new Map(),
    live: undefined,
    applying: undefined,
    ...changes,
  };
}
