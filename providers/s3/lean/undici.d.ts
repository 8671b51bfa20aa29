/** The part of undici that is loaded; its package declares the whole only. */
declare module 'undici/lib/dispatcher/pool.js' {
  // biome-ignore lint/style/noDefaultExport: it is what the module has
  export { Pool as default } from 'undici';
}
