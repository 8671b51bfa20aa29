/**
 * Orders strings by their UTF-8 bytes, as object stores list keys. JavaScript compares UTF-16 units, which puts the surrogates of
 * characters beyond U+FFFF before U+E000 to U+FFFF; everything else agrees.
 */
export function compareUtf8(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  for (let i = 0; i < end; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const bothHigh = x >= 0xd800 && y >= 0xd800;
    return bothHigh ? rotate(x) - rotate(y) : x - y;
  }
  return a.length - b.length;
}

/** Moves the surrogates (D800 to DFFF) behind the private-use block. */
function rotate(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}
