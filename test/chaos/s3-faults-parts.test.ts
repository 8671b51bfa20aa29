import { describeS3Faults } from './s3-faults.ts';
import { isFull } from './share.ts';

describeS3Faults(['last part of a stage', ...(isFull ? ['first part of a stage'] : [])]);
