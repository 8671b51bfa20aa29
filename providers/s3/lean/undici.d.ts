/** The part of undici that is loaded; its package declares the whole only. */
declare module 'undici/lib/dispatcher/pool.js' {
  import type { Pool } from 'undici';

  const PoolClass: typeof Pool;
  // biome-ignore lint/style/noDefaultExport: it is what the module has
  export default PoolClass;
}
