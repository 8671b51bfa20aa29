import type { PolicyDocument } from '../../src/provider/contract.ts';
import type { GcsOptions } from './options.ts';

/** The built-in role, and one that allows no more than the calls that are made. State in the same bucket needs nothing more. */
export function gcsPolicy({ bucket }: GcsOptions): PolicyDocument[] {
  const role = {
    title: 'Waybill deploy',
    description: 'Writing over an object is removing the old one, so deploys need storage.objects.delete too.',
    stage: 'GA',
    includedPermissions: [
      'storage.objects.create',
      'storage.objects.delete',
      'storage.objects.get',
      'storage.objects.list',
    ],
  };
  const bind = `gcloud storage buckets add-iam-policy-binding gs://${bucket} \\\n  --member=<principal> --role=`;
  return [
    {
      title: `GCS role binding for ${bucket}, with the built-in role`,
      format: 'text',
      body: `${bind}roles/storage.objectUser`,
    },
    {
      title: `GCS custom role for ${bucket}, with nothing more than is needed`,
      format: 'json',
      body: JSON.stringify(role, null, 2),
    },
  ];
}
