import { words } from './words';

jest.setTimeout(120_000);

describe('words, one n8n with SQLite', () => words({ mode: 'single' }, { silent: false }));
