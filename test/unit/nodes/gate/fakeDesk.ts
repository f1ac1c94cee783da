import type { INode } from 'n8n-workflow';

import { DEFAULTS, type GateSettings } from '../../../../nodes/RateLimitedChatModel/settings';
import { Gate, type Desk, type GateTerms } from '../../../../nodes/RateLimitedChatModel/gate';
import type { CallOptions, CallVerdict } from '../../../../src/index';

export const node = { name: 'Gate', type: 'gate', parameters: {} } as unknown as INode;

export const settings: GateSettings = {
  budget: 'b',
  limitsIfNew: undefined,
  reserve: 'learned',
  longestMs: 1000,
  charsPerToken: DEFAULTS.charsPerToken,
  longestAnswer: DEFAULTS.longestAnswer,
  tenant: '',
};

/** A gate in front of a desk that writes down what it is told. */
export function gateAt(
  verdict: (options: CallOptions, nth: number) => CallVerdict | Promise<CallVerdict>,
  terms: Partial<GateTerms> = {},
) {
  const told: unknown[] = [];
  const shown: unknown[] = [];
  const asked: CallOptions[] = [];
  const desk: Desk = {
    begin: async (options) => {
      asked.push(options);
      return await verdict(options, asked.length);
    },
    limitsOf: async () => undefined,
  };
  const gate = new Gate(
    desk,
    {
      node,
      settings,
      executions: [`execution-${Math.random()}`],
      learn: 'w:Gate',
      cancelled: undefined,
      ...terms,
    },
    {
      enter: (facts) => ({
        ended: (more) => shown.push({ ...facts, ...more }),
        refused: ({ message }) => shown.push(message),
      }),
    },
  );
  const granted = (nth: number): CallVerdict => ({
    kind: 'begun',
    call: {
      reservation: {
        budget: 'b',
        id: String(nth),
        tenant: '',
        learn: '',
        reserved: { requests: 1, input: 10, output: 100 },
        leaseMs: 1000,
      },
      waitedMs: 5,
      end: async (usage) => void told.push([nth, 'end', usage]),
      pushedBack: async (ms) => void told.push([nth, 'pushedBack', ms]),
      notSent: async () => void told.push([nth, 'notSent']),
    },
  });
  return { gate, told, shown, asked, granted };
}

/** A gate that grants everything. */
export function openGate(terms: Partial<GateTerms> = {}) {
  const made: ReturnType<typeof gateAt> = gateAt((_options, nth) => made.granted(nth), terms);
  return made;
}

export const request = { model: 'm', input: 10, output: 100 };
