import type {
  INodeType,
  INodeTypeDescription,
  ITriggerFunctions,
  ITriggerResponse,
} from 'n8n-workflow';

import { searchBudgets } from '../shared/budgetForm';
import { testBrokerCredential, testStoreCredential } from '../shared/credentialTests';
import { nodeErrorOf } from '../shared/nodeError';
import { consumeQueue } from './consumeQueue';
import { triggerDescription } from './description';
import { testByHand } from './testByHand';

export class AgentSwarmTrigger implements INodeType {
  description: INodeTypeDescription = triggerDescription;

  methods = {
    credentialTest: { testBrokerCredential, testStoreCredential },
    listSearch: { searchBudgets },
  };

  async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
    try {
      return this.getMode() === 'manual' ? await testByHand(this) : await consumeQueue(this);
    } catch (error) {
      throw nodeErrorOf(this.getNode(), error);
    }
  }
}
