import type {
  INodeType,
  INodeTypeDescription,
  ITriggerFunctions,
  ITriggerResponse,
} from 'n8n-workflow';

import { testBrokerCredential, testStoreCredential } from '../shared/credentialTests';
import { nodeErrorOf, publicationErrorOf } from '../shared/nodeError';
import { monitorTriggerDescription } from './description';
import { lookByHand } from './lookByHand';
import { watch } from './watch';

export class AgentSwarmMonitorTrigger implements INodeType {
  description: INodeTypeDescription = monitorTriggerDescription;

  methods = { credentialTest: { testBrokerCredential, testStoreCredential } };

  async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
    try {
      return this.getMode() === 'manual' ? lookByHand(this) : await watch(this);
    } catch (error) {
      const atPublication = this.getActivationMode() === 'activate';
      throw (atPublication ? publicationErrorOf : nodeErrorOf)(this.getNode(), error);
    }
  }
}
