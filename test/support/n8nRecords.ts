import type { IConnections, INode, INodeExecutionData, IWorkflowSettings } from 'n8n-workflow';

export interface WorkflowDraft {
  name: string;
  nodes: INode[];
  connections: IConnections;
  settings?: IWorkflowSettings;
}

export interface SavedWorkflow {
  id: string;
  versionId: string;
}

export interface PublicationStatus {
  status: 'in_progress' | 'not_published' | 'published' | 'partial' | 'failed';
  liveVersionId: string | null;
  triggers: { nodeId: string; status: string; errorMessage: string | null }[];
}

export interface CredentialDraft {
  name: string;
  type: string;
  data: Record<string, unknown>;
}

export interface CredentialReference {
  id: string;
  name: string;
}

export interface RecordedError {
  message: string;
  name?: string;
  description?: string | null;
}

export interface NodeRun {
  executionStatus?: string;
  error?: RecordedError;
  data?: Record<string, (INodeExecutionData[] | null)[]>;
}

export interface ExecutionRecord {
  id: string;
  workflowId: string;
  mode: string;
  status: string;
  finished: boolean;
  startedAt: string;
  stoppedAt: string | null;
  data?: {
    resultData: {
      error?: RecordedError;
      lastNodeExecuted?: string;
      metadata?: Record<string, string>;
      runData: Record<string, NodeRun[]>;
    };
  };
}

export interface ExecutionFilter {
  workflowId?: string;
  status?: 'success' | 'error' | 'waiting' | 'running' | 'canceled' | 'crashed';
  limit?: number;
}
