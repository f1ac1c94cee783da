import * as conventions from '@opentelemetry/semantic-conventions/incubating';

import { ATTRIBUTE, METRIC, OWN, OWN_METRIC } from '../../../src/telemetry/names';

const listed = new Set(Object.values(conventions) as unknown[]);

test.each(Object.values({ ...ATTRIBUTE, ...METRIC }))('%s is a name of the conventions', (name) => {
  expect(listed).toContain(name);
});

test.each(Object.values({ ...OWN, ...OWN_METRIC }))('%s is ours', (name) => {
  expect(name).toMatch(/^agent_swarm\.[a-z_.]+$/);
  expect(listed).not.toContain(name);
});
