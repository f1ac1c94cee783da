import { examplesApproval } from './examplesApproval';
import { examplesBulk } from './examplesBulk';
import { examplesDocuments } from './examplesDocuments';
import { examplesFiles } from './examplesFiles';
import { examplesOnCall } from './examplesOnCall';
import { examplesResearch } from './examplesResearch';
import { examplesSignup } from './examplesSignup';
import { startExamplesWorld, type ExamplesWorld } from './examplesWorld';

jest.setTimeout(300_000);

/** The workflows that people import, as they are but for credentials, addresses and shorter delays. */
describe('examples, queue mode with a worker and PostgreSQL', () => {
  let world: ExamplesWorld;
  beforeAll(async () => {
    world = await startExamplesWorld();
  });
  afterAll(() => world?.stop());

  describe('research-swarm.json', () => examplesResearch(() => world));
  describe('document-pipeline.json', () => examplesDocuments(() => world));
  describe('s3-files.json', () => examplesFiles(() => world));
  describe('signup.json', () => examplesSignup(() => world));
  describe('approval.json', () => examplesApproval(() => world));
  describe('nightly-bulk.json', () => examplesBulk(() => world));
  describe('on-call.json', () => examplesOnCall(() => world));
});
