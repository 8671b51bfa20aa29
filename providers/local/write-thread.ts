import { serveJobs } from '../../src/provider/thread-port.ts';
import { makeCopier } from './write-job.ts';

serveJobs(makeCopier());
