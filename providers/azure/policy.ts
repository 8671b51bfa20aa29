import type { PolicyDocument } from '../../src/provider/contract.ts';
import type { AzureOptions } from './options.ts';

const blobs = 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs';

/** The built-in role, and one that allows no more than the calls that are made. State in the same container needs nothing more. */
export function azurePolicy({ account = '<account>', container }: AzureOptions): PolicyDocument[] {
  const scope = `/subscriptions/<subscription>/resourceGroups/<group>/providers/Microsoft.Storage/storageAccounts/${account}/blobServices/default/containers/${container}`;
  const role = {
    Name: 'Waybill deploy',
    Description: 'Only `waybill prune` needs blobs/delete.',
    Actions: [],
    DataActions: [`${blobs}/read`, `${blobs}/write`, `${blobs}/delete`],
    AssignableScopes: ['/subscriptions/<subscription>'],
  };
  return [
    {
      title: `Azure role assignment for ${container}, with the built-in role`,
      format: 'text',
      body: `az role assignment create --assignee <principal> --role "Storage Blob Data Contributor" \\\n  --scope '${scope}'`,
    },
    {
      title: `Azure custom role for ${container}, with nothing more than is needed`,
      format: 'json',
      body: JSON.stringify(role, null, 2),
    },
  ];
}
