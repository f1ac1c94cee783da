import { startProvider, summarise, type Provider } from '../../support/provider';
import { ask, user } from './asking';

const DOCUMENT = '# Title\n\nThe first sentence, with [a link](http://x). The second.\n';
const LOOK_UP = { name: 'look_up', parameters: { type: 'object', properties: {} } };

describe('the stand-in provider', () => {
  let provider: Provider;
  beforeEach(async () => (provider = await startProvider()));
  afterEach(() => provider.stop());

  test('summarises by the first sentence and the number of words, whatever the white space', () => {
    expect(summarise(DOCUMENT)).toBe('The first sentence, with a link. (10 words)');
    expect(summarise(`Do it.\n<document>  ${DOCUMENT}</document>`)).toBe(summarise(DOCUMENT));
    expect(summarise('')).toBe(' (0 words)');
  });

  test('answers a chat completion with the text and the tokens it charged', async () => {
    const answer = await ask(provider, user(`Task ID: t-1.\n<document>${DOCUMENT}</document>`));
    const [call] = provider.calls;
    expect(answer.json()).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { content: summarise(DOCUMENT) }, finish_reason: 'stop' }],
      usage: { prompt_tokens: call?.inputTokens, completion_tokens: call?.outputTokens },
    });
    expect(call).toMatchObject({ taskId: 't-1', status: 200, api: 'chat', model: 'stand-in' });
  });

  test('answers the responses API with the same text', async () => {
    const answer = await ask(provider, { input: DOCUMENT }, '/responses');
    expect(answer.json()).toMatchObject({
      object: 'response',
      status: 'completed',
      output: [{ type: 'message', content: [{ type: 'output_text', text: summarise(DOCUMENT) }] }],
    });
  });

  test('streams a chat completion in pieces that join to the text, usage last when asked for', async () => {
    const options = { stream: true, stream_options: { include_usage: true } };
    const answer = await ask(provider, { ...user(DOCUMENT), ...options });
    const choices = answer.events().map((event) => event.choices as Array<{ delta: Delta }>);
    const said = choices.map(([choice]) => choice?.delta.content ?? '').join('');
    expect(said).toBe(summarise(DOCUMENT));
    expect(answer.events().at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 11 } });
    expect(answer.text.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  test('streams the events of the responses API in order and numbered', async () => {
    const answer = await ask(provider, { input: DOCUMENT, stream: true }, '/responses');
    const events = answer.events();
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, i) => i));
    expect(events[0]).toMatchObject({ type: 'response.created' });
    expect(events.at(-1)).toMatchObject({ type: 'response.completed' });
    const deltas = events.filter((event) => event.type === 'response.output_text.delta');
    expect(deltas.map((event) => event.delta).join('')).toBe(summarise(DOCUMENT));
  });

  test('calls the tool it is told to, then says the text with what the tool answered', async () => {
    provider.configure({ toolCalls: [{ arguments: { q: 'a "word"' } }] });
    const tools = [{ type: 'function', function: LOOK_UP }];
    const first = (await ask(provider, { ...user(DOCUMENT), tools })).json();
    const [choice] = first.choices as Array<{ message: { tool_calls: ToolCalls } }>;
    const [called] = choice?.message.tool_calls ?? [];
    expect(called?.function).toEqual({ name: 'look_up', arguments: '{"q":"a \\"word\\""}' });

    const result = { role: 'tool', tool_call_id: called?.id, content: 'found' };
    const messages = [{ role: 'user', content: DOCUMENT }, choice?.message, result];
    const second = (await ask(provider, { messages, tools })).json();
    const text = `${summarise(DOCUMENT)} Tools said: found`;
    expect(second.choices).toMatchObject([{ message: { content: text }, finish_reason: 'stop' }]);
  });

  test('goes on calling tools for as many rounds as its script says', async () => {
    provider.configure({
      toolCalls: ({ toolResults }) => (toolResults.length < 2 ? [{ arguments: {} }] : []),
    });
    const tools = [{ type: 'function', ...LOOK_UP }];
    const input: unknown[] = [{ role: 'user', content: DOCUMENT }];
    for (const expected of ['function_call', 'function_call', 'message']) {
      const output = (await ask(provider, { input, tools }, '/responses')).json().output;
      const [item] = output as Array<{ type: string; call_id?: string }>;
      expect(item?.type).toBe(expected);
      input.push(item, { type: 'function_call_output', call_id: item?.call_id, output: 'ok' });
    }
  });

  test('calls no tool when none is offered', async () => {
    provider.configure({ toolCalls: [{ arguments: {} }] });
    const answer = (await ask(provider, user(DOCUMENT))).json();
    expect(answer.choices).toMatchObject([{ finish_reason: 'stop' }]);
  });

  test('cuts the text at the most tokens allowed and says so', async () => {
    const answer = (await ask(provider, { ...user(DOCUMENT), max_tokens: 3 })).json();
    expect(answer).toMatchObject({
      choices: [{ message: { content: 'The first se' }, finish_reason: 'length' }],
      usage: { completion_tokens: 3 },
    });
  });

  test('bills what it is told to bill', async () => {
    provider.configure({ usage: (_, counted) => ({ ...counted, output: 777 }) });
    await ask(provider, user(DOCUMENT));
    expect(provider.calls[0]).toMatchObject({ inputTokens: 17, outputTokens: 777 });
  });

  test('lets nobody in with another key', async () => {
    provider.configure({ apiKey: 'right' });
    expect((await ask(provider, user('x'))).status).toBe(401);
    const headers = { authorization: 'Bearer right' };
    expect((await ask(provider, user('x'), '/chat/completions', { headers })).status).toBe(200);
  });

  test('lists its models, and knows no others when told so', async () => {
    provider.configure({ knownModelsOnly: true, models: ['only'] });
    const listed = (await (await fetch(`${provider.url}/models`)).json()) as { data: unknown };
    expect(listed.data).toMatchObject([{ id: 'only', object: 'model' }]);
    const answer = await ask(provider, user('x'));
    expect(answer.status).toBe(404);
    expect(answer.json()).toMatchObject({ error: { code: 'model_not_found' } });
  });

  test('answers a body of another form with 400 and a path it does not have with 404', async () => {
    expect((await ask(provider, { messages: 'no list' })).status).toBe(400);
    expect((await ask(provider, {}, '/embeddings')).status).toBe(404);
  });
});

interface Delta {
  content?: string;
}
type ToolCalls = Array<{ id: string; function: { name: string; arguments: string } }>;
