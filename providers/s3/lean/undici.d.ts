/** The part of undici that is loaded; its package declares the whole only. */
declare module 'undici/lib/dispatcher/pool.js' {
  export { Pool as default } from 'undici';
}
