import type {
  INodeType,
  INodeTypeDescription,
  ITriggerFunctions,
  ITriggerResponse,
} from 'n8n-workflow';

import { searchBudgets } from '../shared/budgetForm';
import { testBrokerCredential, testStoreCredential } from '../shared/credentialTests';
import { nodeErrorOf, publicationErrorOf } from '../shared/nodeError';
import { searchQueues } from '../shared/queueForm';
import { consumeQueue } from './consumeQueue';
import { triggerDescription } from './description';
import { testByHand } from './testByHand';

export class AgentSwarmTrigger implements INodeType {
  description: INodeTypeDescription = triggerDescription;

  methods = {
    credentialTest: { testBrokerCredential, testStoreCredential },
    listSearch: { searchBudgets, searchQueues },
  };

  async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
    try {
      return this.getMode() === 'manual' ? await testByHand(this) : await consumeQueue(this);
    } catch (error) {
      const atPublication = this.getActivationMode() === 'activate';
      throw (atPublication ? publicationErrorOf : nodeErrorOf)(this.getNode(), error);
    }
  }
}
