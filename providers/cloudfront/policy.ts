import type { PolicyDocument } from '../../src/provider/contract.ts';
import type { CloudFrontOptions } from './options.ts';

/**
 * Both actions can be limited to a distribution.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudfront.html
 */
export function makePolicy({ distributionId, region }: CloudFrontOptions): PolicyDocument[] {
  const ids = [distributionId].flat();
  // CloudFront is global, but AWS China is a partition of its own.
  const partition = region?.startsWith('cn-') ? 'aws-cn' : 'aws';
  const arns = ids.map((id) => `arn:${partition}:cloudfront::ACCOUNT_ID:distribution/${id}`);
  const statement = {
    Effect: 'Allow',
    Action: ['cloudfront:CreateInvalidation', 'cloudfront:GetInvalidation'],
    Resource: arns.length === 1 ? arns[0] : arns,
  };
  const body = JSON.stringify({ Version: '2012-10-17', Statement: [statement] }, null, 2);
  return [{ title: `IAM policy for CloudFront ${ids.join(', ')}`, format: 'json', body }];
}
