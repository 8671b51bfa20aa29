/**
 * Most files in progress per distribution; also the most that one call takes.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-invalidations
 */
export const maxPathsInProgress = 3_000;

/** Most wildcard paths in progress per distribution, from the same page. */
export const maxWildcardsInProgress = 15;

/**
 * Cuts items into lists that one CreateInvalidation call each may carry, every item once. Wildcards count towards both limits, which
 * is right whether the vendor counts them among the paths or beside them.
 */
export function splitIntoBatches(items: readonly string[]): readonly (readonly string[])[] {
  // CloudFront's word for everything is the widest wildcard.
  const unique = [...new Set(items.map((item) => (item === '*' ? '/*' : item)))];
  const wildcards = unique.filter((item) => item.endsWith('*'));
  const files = unique.filter((item) => !item.endsWith('*'));
  const batches: string[][] = [];
  let file = 0;
  let wildcard = 0;
  while (file < files.length || wildcard < wildcards.length) {
    const some = wildcards.slice(wildcard, wildcard + maxWildcardsInProgress);
    const rest = files.slice(file, file + maxPathsInProgress - some.length);
    batches.push([...some, ...rest]);
    wildcard += some.length;
    file += rest.length;
  }
  return batches;
}
