import type { Json } from '../../../../src/index';
import { runWordOperation } from './word';

/** Task: Complete. */
export const completeOperation = runWordOperation({
  result: 'completed',
  fields: [
    {
      displayName: 'Result',
      name: 'result',
      type: 'json',
      default: '',
      placeholder: 'e.g. {{ { summary: $json.text } }}',
      description:
        'What Task: Get, and of a child its group, get to see: up to 16 KiB of JSON, or text such as an agent writes. Larger things are stored with Payload: Store, and their claim is the result.',
    },
  ],
  read(parameters) {
    const json = parameters.json('result', 'Result');
    const text = parameters.text('result', 'Result');
    return (index) => {
      const given = resultOf(
        () => json(index),
        () => text(index),
      );
      return { kind: 'complete', ...(given !== undefined && { result: given }) };
    };
  },
});

/** What an agent writes is mostly no JSON: it is a text then. */
function resultOf(json: () => unknown, text: () => string | undefined): Json | undefined {
  try {
    return json() as Json | undefined;
  } catch {
    return text();
  }
}
