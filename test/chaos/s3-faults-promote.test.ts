import { describeS3Faults } from './s3-faults.ts';

describeS3Faults(['promote']);
