import {
  groupSchema,
  readSettings,
  type ChildRequest,
  type FanOutWork,
  type GroupOptions,
} from '../../../../src/index';
import { MINUTE_MS } from '../../../shared/amounts';
import { inFormWords, type Labels } from '../../../shared/formWords';
import type { Parameters, Read } from '../../../shared/parameters';
import { readTo } from './taskFields';
import { unlessEmpty } from './unlessEmpty';

const LABELS: Labels = {
  joinWhen: 'Join When',
  atLeast: 'At Least',
  joinIntent: 'Join Intent',
  deadlineMs: 'Deadline (Minutes)',
  mostChildren: 'Most Children',
  mostDepth: 'Most Depth',
};

/** What holds for a whole group; read at its first item. */
export type GroupForm = Pick<FanOutWork, 'settings' | 'join' | 'groupId' | 'traceparent'>;

export function readGroupForm(
  parameters: Parameters,
  traceparent: Read<string | undefined>,
): Read<GroupForm> {
  const joinWhen = parameters.text('joinWhen', 'Join When');
  const atLeast = parameters.number('atLeast', 'At Least');
  const deadline = parameters.number('options.deadlineMinutes', 'Deadline (Minutes)');
  const joinIntent = parameters.text('options.joinIntent', 'Join Intent');
  const joinData = parameters.json('options.joinData', 'Join Data');
  const tenant = parameters.text('options.tenant', 'Tenant');
  const priority = parameters.number('options.priority', 'Priority');
  const mostChildren = parameters.number('options.mostChildren', 'Most Children');
  const mostDepth = parameters.number('options.mostDepth', 'Most Depth');
  const groupId = parameters.text('options.groupId', 'Group ID');
  return (index) => {
    const minutes = deadline(index);
    const given: { [Field in keyof GroupOptions]: unknown } = {
      joinWhen: joinWhen(index),
      atLeast: joinWhen(index) === 'at_least' ? atLeast(index) : undefined,
      joinIntent: joinIntent(index),
      deadlineMs: minutes === undefined ? undefined : Math.round(minutes * MINUTE_MS),
      mostChildren: mostChildren(index),
      mostDepth: mostDepth(index),
    };
    return {
      settings: inFormWords(LABELS, () => readSettings(groupSchema, given)),
      join: {
        data: unlessEmpty(joinData(index)) as never,
        tenant: tenant(index),
        priority: priority(index),
      },
      groupId: groupId(index),
      traceparent: traceparent(index),
    };
  };
}

/** What children have that do not say it themselves. */
export function readChildForm(
  parameters: Parameters,
  queuePath: string,
  traceparent: Read<string | undefined>,
): Read<ChildRequest> {
  const to = readTo(parameters, queuePath);
  const intent = parameters.text('intent', 'Intent');
  const ref = parameters.text('ref', 'Ref');
  const data = parameters.json('data', 'Data');
  const tenant = parameters.text('options.tenant', 'Tenant');
  const priority = parameters.number('options.priority', 'Priority');
  return (index) => {
    const request: { [Field in keyof ChildRequest]: unknown } = {
      to: to(index),
      intent: intent(index),
      ref: ref(index),
      data: unlessEmpty(data(index)),
      tenant: tenant(index),
      priority: priority(index),
      traceparent: traceparent(index),
    };
    return request as ChildRequest;
  };
}
