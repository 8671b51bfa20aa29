import { serveJobs } from '../provider/thread-port.ts';
import { makeDigester } from './digest-job.ts';
import { Pacer } from './pacer.ts';

serveJobs(makeDigester(new Pacer(new AbortController().signal)));
