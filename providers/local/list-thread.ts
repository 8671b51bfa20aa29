import { serveJobs } from '../../src/provider/thread-port.ts';
import { listPage } from './list.ts';

serveJobs(listPage);
