declare const WAYBILL_VERSION: string;

/** Waybill's own version, put in by the build (and by vitest) from package.json. */
export const version: string = WAYBILL_VERSION;
