import { serveJobs } from '../../src/provider/thread-port.ts';
import { listAtOnce } from './list.ts';

serveJobs(listAtOnce);
