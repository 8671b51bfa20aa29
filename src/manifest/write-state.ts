import { makeBody } from '../provider/bytes.ts';
import type { Call, Origin } from '../provider/contract.ts';
import { stateHeaders } from './keys.ts';

/** Writes one state document. `ifMatch` as in the provider contract. */
export function writeState(
  origin: Origin,
  key: string,
  bytes: Uint8Array,
  ifMatch: string | null | undefined,
  call: Call,
): Promise<{ etag: string }> {
  const body = makeBody(bytes);
  const object = {
    key,
    body,
    sha256: body.sha256,
    size: body.size,
    headers: stateHeaders,
    visibility: 'private',
  } as const;
  return origin.write(ifMatch === undefined ? object : { ...object, ifMatch }, call);
}
