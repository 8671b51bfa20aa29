import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';

/** What every Azurite starts with; published in its documentation. */
export const azuriteAccount = 'devstoreaccount1';
export const azuriteKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/** `http://127.0.0.1:10000/devstoreaccount1`, the address of an Azurite, where one is tested against. */
export const azuriteEndpoint = process.env.WAYBILL_TEST_AZURE;

/** A client of somebody else, who knows nothing of our metadata. */
export async function openContainer(endpoint: string, name: string) {
  const key = new StorageSharedKeyCredential(azuriteAccount, azuriteKey);
  const container = new BlobServiceClient(endpoint, key).getContainerClient(name);
  await container.createIfNotExists();
  return container;
}
