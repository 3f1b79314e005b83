import { configureGlobal } from 'fast-check';

// The same cases in every run, so that a failure comes from a change and not from luck.
configureGlobal({ seed: 20170101 });
