import { amazonDialect, type Dialect } from '../s3/dialect.ts';

/** https://min.io/docs/minio/linux/operations/concepts/thresholds.html */
export const minioDialect: Dialect = {
  ...amazonDialect,
  id: 'minio',
  label: 'MinIO',
  whereabouts: '`bucket` or `endpoint`',
  maxObjectBytes: 5 * 2 ** 40,
};
