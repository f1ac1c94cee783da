import { words } from './words';

jest.setTimeout(120_000);

describe('words, queue mode with a worker and PostgreSQL', () =>
  words({ mode: 'queue', workers: 1 }, { silent: true }));
