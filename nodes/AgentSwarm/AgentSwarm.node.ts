import type {
  IExecuteFunctions,
  INodeExecutionData,
  INodeType,
  INodeTypeDescription,
} from 'n8n-workflow';

import { searchBudgets } from '../shared/budgetForm';
import { testBrokerCredential, testStoreCredential } from '../shared/credentialTests';
import { agentSwarmDescription } from './description';
import { route } from './router';

export class AgentSwarm implements INodeType {
  description: INodeTypeDescription = agentSwarmDescription;

  methods = {
    credentialTest: { testBrokerCredential, testStoreCredential },
    listSearch: { searchBudgets },
  };

  async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
    return [await route(this)];
  }
}
