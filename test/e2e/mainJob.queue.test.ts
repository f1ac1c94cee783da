import { mainJob } from './mainJob';

jest.setTimeout(300_000);

describe('the main job, queue mode with two workers and PostgreSQL', () =>
  mainJob({ mode: 'queue', workers: 2 }));
