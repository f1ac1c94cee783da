import { agentSwarmDescription } from '../../../nodes/AgentSwarm/description';

/**
 * What n8n's editor takes for the choice of a login, and hides: the first field that conditions of credentials name, where they name all
 * its values (findAlternativeAuthField in n8n-editor-ui, n8n 2.0 to 2.41).
 */
function takenForLogin(): string | undefined {
  const { credentials = [], properties } = agentSwarmDescription;
  const named: Record<string, unknown[]> = {};
  for (const { displayOptions } of credentials) {
    for (const [field, values = []] of Object.entries(displayOptions?.show ?? {})) {
      (named[field] ??= []).push(...values);
    }
  }
  return properties.find(({ name, options }) =>
    options?.every((option) => 'value' in option && named[name]?.includes(option.value)),
  )?.name;
}

test('the editor hides no field of Agent Swarm for the choice of a login', () => {
  expect(takenForLogin()).toBeUndefined();
});
