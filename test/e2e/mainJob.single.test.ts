import { mainJob } from './mainJob';

jest.setTimeout(300_000);

describe('the main job, one n8n with SQLite', () => mainJob({ mode: 'single' }));
