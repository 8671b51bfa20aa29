import { defineConfig, mergeConfig } from 'vitest/config';
import tests from './vitest.config.ts';

/** All of test/chaos, of which `npm test` runs a share. */
export default mergeConfig(tests, defineConfig({ test: { env: { WAYBILL_CHAOS: 'full' } } }));
