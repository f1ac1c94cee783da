import type {
  IExecuteFunctions,
  INodeExecutionData,
  INodeType,
  INodeTypeDescription,
} from 'n8n-workflow';

import { searchBudgets } from '../shared/budgetForm';
import { testBrokerCredential, testStoreCredential } from '../shared/credentialTests';
import { searchConsumedQueues, searchQueues } from '../shared/queueForm';
import { agentSwarmDescription } from './description';
import { route } from './router';

export class AgentSwarm implements INodeType {
  description: INodeTypeDescription = agentSwarmDescription;

  methods = {
    credentialTest: { testBrokerCredential, testStoreCredential },
    listSearch: { searchBudgets, searchConsumedQueues, searchQueues },
  };

  async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
    return [await route(this)];
  }
}
