import { readRequest } from '../../../../nodes/RateLimitedChatModel/request';
import { readUsage } from '../../../../nodes/RateLimitedChatModel/usage';
import { request } from './fakeDesk';

const estimating = { charsPerToken: 4, longestAnswer: 4096 };
const ofPrompt = (given: Parameters<typeof readRequest>[0], params = {}, model: unknown = {}) =>
  readRequest(given, params, model, estimating);

describe('what a call is expected to need', () => {
  it.each<[string, ReturnType<typeof ofPrompt>, object]>([
    ['a prompt without chat', ofPrompt(['x'.repeat(41)]), { input: 11 }],
    ['a message has a frame', ofPrompt([{ content: 'x'.repeat(40) }]), { input: 14 }],
    [
      'parts of text, and a picture',
      ofPrompt([
        {
          content: [
            { type: 'text', text: 'x'.repeat(40) },
            { type: 'image_url', image_url: { url: `data:${'x'.repeat(9_000_000)}` } },
          ],
        },
      ]),
      { input: 1014 },
    ],
    [
      'calls of tools, and their definitions',
      ofPrompt([{ content: '', tool_calls: [{ name: 'sum', args: { a: 1 } }] }], {
        invocation_params: { tools: [{ name: 'sum' }] },
      }),
      { input: 4 + Math.ceil((29 + 14) / 4) },
    ],
    ['nothing at all', ofPrompt([]), { model: 'unknown', input: 0, output: 4096 }],
    [
      'the most it may answer, of the request',
      ofPrompt([], { invocation_params: { model: 'a', max_tokens: 9 } }, { maxTokens: 8 }),
      { model: 'a', output: 9 },
    ],
    [
      'else of the model',
      ofPrompt([], { invocation_params: { max_tokens: -1 } }, { modelName: 'b', numPredict: 7 }),
      { model: 'b', output: 7 },
    ],
    [
      'else of its extra fields',
      ofPrompt([], {}, { modelKwargs: { max_completion_tokens: 6 } }),
      { output: 6 },
    ],
  ])('%s', (_what, found, wanted) => {
    expect(found).toMatchObject(wanted);
  });
});

describe('what a call used', () => {
  const said = (message: object, more: object = {}) => ({
    generations: [[{ text: 'x'.repeat(40), message, ...more }]],
  });
  it.each<[string, Parameters<typeof readUsage>[0], object]>([
    [
      'of the message, as of a stream',
      said({ usage_metadata: { input_tokens: 5, output_tokens: 2 } }),
      { input: 5, output: 2, by: 'provider' },
    ],
    [
      'of the output',
      { ...said({}), llmOutput: { tokenUsage: { promptTokens: 5, completionTokens: 2 } } },
      { input: 5, output: 2, by: 'provider' },
    ],
    [
      "of Ollama's generation",
      said({}, { generationInfo: { prompt_eval_count: 5, eval_count: 2 } }),
      { input: 5, output: 2, by: 'provider' },
    ],
    [
      'zeros are no figures',
      { ...said({}), llmOutput: { tokenUsage: { promptTokens: 0, completionTokens: 0 } } },
      { input: 10, output: 10, by: 'estimate' },
    ],
    [
      'figures that are none',
      said({ usage_metadata: { input_tokens: NaN, output_tokens: -3 } }),
      { input: 10, output: 10, by: 'estimate' },
    ],
    [
      'fractions are rounded up, and nonsense is bounded',
      said({ usage_metadata: { input_tokens: 1.2, output_tokens: Infinity } }),
      { input: 2, output: 1_000_000_000, by: 'provider' },
    ],
    [
      'without figures, of the text and the calls of tools',
      said({ tool_calls: [{ name: 'sum' }] }),
      { input: 10, output: 14, by: 'estimate' },
    ],
    ['without figures and text, what is reserved stands', {}, { input: 10, by: 'estimate' }],
  ])('%s', (_what, result, wanted) => {
    expect(readUsage(result, request, 4)).toEqual(wanted);
  });
});
