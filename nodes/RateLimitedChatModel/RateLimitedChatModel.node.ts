import type {
  INodeType,
  INodeTypeDescription,
  ISupplyDataFunctions,
  SupplyData,
} from 'n8n-workflow';

import { searchBudgets } from '../shared/budgetForm';
import { testStoreCredential } from '../shared/credentialTests';
import { rateLimitedChatModelDescription } from './description';
import { supplyModel } from './supplyModel';

export class RateLimitedChatModel implements INodeType {
  description: INodeTypeDescription = rateLimitedChatModelDescription;

  methods = {
    credentialTest: { testStoreCredential },
    listSearch: { searchBudgets },
  };

  async supplyData(this: ISupplyDataFunctions, itemIndex: number): Promise<SupplyData> {
    return await supplyModel(this, itemIndex);
  }
}
