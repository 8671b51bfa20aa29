import { describeS3Faults } from './s3-faults.ts';
import { isFull } from './share.ts';

describeS3Faults(['deploy', ...(isFull ? ['first deploy'] : [])]);
