import { PlanError } from '../errors/errors.ts';
import { inspect } from '../inspect.ts';
import { objectKey } from '../manifest/keys.ts';
import type { Manifest } from '../model.ts';
import { observe } from '../observe.ts';
import type { Session } from '../session.ts';

/** Where the bytes of a sha256 stand at the source's origin. */
export interface FoundBody {
  readonly key: string;
  readonly etag: string;
}

const mostNames = 5;

/**
 * Finds the bytes of every file of a version: under its own key, where the records or the object's metadata prove that they are still
 * these, else among the kept bodies. Throws NOT_RESTORABLE where some are gone.
 */
export async function findBodies(source: Session, manifest: Manifest): Promise<ReadonlyMap<string, FoundBody>> {
  const observation = await observe(source, { list: true });
  const { seen, kept } = await inspect(source, observation, manifest.files, { adopt: false });
  const found = new Map<string, FoundBody>();
  for (const [sha256, etag] of kept) found.set(sha256, { key: objectKey(sha256), etag });
  for (const [key, { sha256, etag, ours }] of seen) if (ours) found.set(sha256, { key, etag });
  const gone = manifest.files.filter((file) => !found.has(file.sha256)).map((file) => file.path);
  if (gone.length === 0) return found;
  const more = gone.length > mostNames ? ` and ${gone.length - mostNames} more` : '';
  const { name } = source.environment;
  throw new PlanError(
    'NOT_RESTORABLE',
    `Version ${manifest.version} of ${name} cannot be promoted: its origin no longer has ${gone.slice(0, mostNames).join(', ')}${more}. Nothing was changed.`,
    { hint: `Run \`waybill status --env ${name}\`; a deploy to ${name} repairs its live version.` },
  );
}
