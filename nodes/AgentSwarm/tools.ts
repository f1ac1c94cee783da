import type { OPERATIONS } from './router';

/** An operation as an AI Agent gets it. */
export interface ToolForm {
  /** What the model is told of it, unless a person writes something else. */
  readonly description: string;
  /** By field, what stands in it from the start: mostly that the model fills it in. */
  readonly defaults?: Readonly<Record<string, unknown>>;
}

/** What n8n writes into a field that a person leaves to the model. The key tells the model what it is called. */
const MARK = '/*n8n-auto-generated-fromAI-override*/';

function ask(key: string, description: string, type: 'string' | 'number' | 'json' = 'string') {
  return `={{ ${MARK} $fromAI('${key}', \`${description}\`, '${type}') }}`;
}

/** As `ask`, for what a model may leave out. */
function askIfAny(key: string, description: string, fallback: string | number) {
  const [type, otherwise] =
    typeof fallback === 'number' ? ['number', String(fallback)] : ['string', `'${fallback}'`];
  return `={{ ${MARK} $fromAI('${key}', \`${description}\`, '${type}', ${otherwise}) }}`;
}

/** One that another tool gave out; the queue is chosen by the person. */
const anyTask = {
  task: 'key',
  key: ask('key', 'The key of the task, as the answer to its dispatch gave it'),
} as const;

const letterId = ask('letter_id', 'The id of the task that gave up, as the list of them gave it');

const reason = ask('reason', 'Why, in one sentence, for the person who reads it');

type Tools = {
  readonly [R in keyof typeof OPERATIONS]: Readonly<Record<keyof (typeof OPERATIONS)[R], ToolForm>>;
};

export const TOOLS: Tools = {
  task: {
    cancel: {
      description:
        'Cancel a task that was handed to other agents. What has not begun will not run; what runs goes on to its end.',
      defaults: anyTask,
    },
    complete: {
      description:
        'Say that the task you are working on is done, and give its result. Call it once, as the last thing, when all else is done.',
      defaults: {
        result: ask('result', 'What came out of the task, in full: JSON, or plain text'),
      },
    },
    deadLetter: {
      description:
        'Give up the task you are working on, so that a person looks at it. Only when trying again cannot help, for example because what it needs does not exist.',
      defaults: { reason },
    },
    dispatch: {
      description:
        'Hand a piece of work to other agents, who do it later and on their own. Call it once for each piece. The answer is the key of a task and not its result: do not wait for it. The same work sent twice is done once.',
      defaults: {
        intent: ask('intent', 'What is to be done, in one word such as summarise'),
        ref: askIfAny(
          'ref',
          'What it is about: a URL, a row, a file. Empty when data says it.',
          '',
        ),
        data: askIfAny('data', 'What the agent has to know: a small JSON object, as text', '{}'),
      },
    },
    extendLease: {
      description:
        'Keep the task you are working on for longer. Call it before something that takes many minutes.',
    },
    fail: {
      description:
        'Say that this attempt at the task you are working on has failed. It is tried again later, or given up after too many attempts.',
      defaults: { message: ask('message', 'What went wrong, in one sentence') },
    },
    fanOut: {
      description:
        'Split the work among other agents who do the parts side by side. Call it once, with all parts. The answer is the ID of their group and not their results: these come to a later run, when all have ended. Do not wait for them; end with a short answer.',
      defaults: {
        childrenFrom: 'list',
        children: ask(
          'children',
          'The parts, a list of objects: intent (what is to be done, one word), ref (what it is about, such as a URL), data (an object with what the agent has to know)',
          'json',
        ),
      },
    },
    get: {
      description:
        'Look up a task that was handed to other agents: its state (unknown, live, retrying, waiting, done, dead, canceled), its attempts, and its result when it is done. Do not ask again and again: a task may take minutes.',
      defaults: anyTask,
    },
    handOver: {
      description:
        'Pass the task you are working on to agents who can do it better. Your part in it ends with that: do nothing more for it.',
      defaults: {
        note: ask('note', 'What the next agent has to know, in one or two sentences'),
        data: askIfAny('data', 'What you found out so far: a small JSON object, as text', '{}'),
      },
    },
    retryLater: {
      description:
        'Put the task you are working on off: it starts anew later. For when something it needs is not there yet.',
      defaults: { reason },
    },
  },
  deadLetter: {
    discard: {
      description:
        'Remove a task that gave up, for good. Only for one that nobody needs any more, such as a test.',
      defaults: { letterIds: letterId },
    },
    getLetter: {
      description: 'Read one task that gave up: what it was to do, and why it failed.',
      defaults: { letterId },
    },
    getMany: {
      description:
        'Read which tasks gave up, the oldest first, 20 at most: for each its id, what it was to do, and why it failed.',
      defaults: { limit: 20 },
    },
    replay: {
      description:
        'Send a task that gave up again. Only when what made it fail has been mended, or may have passed.',
      defaults: { letterIds: letterId },
    },
  },
  group: {
    get: {
      description:
        'Read what agents found whose work was split among them: for each part in order its intent, ref, state (open, done, dead, canceled, unpublished) and result, 20 at a time. Long results are cut.',
      defaults: {
        groupId: ask('group_id', 'The ID of the group'),
        limit: 20,
        from: askIfAny('from', 'Number of the first part to read; 0 is the first of all', 0),
      },
    },
  },
  payload: {
    delete: {
      description: 'Delete something that was stored under a claim.',
      defaults: { claim: ask('claim', 'The claim, which begins with claim:') },
    },
    load: {
      description: 'Read what was stored under a claim, such as claim:0f8a.',
      defaults: { claim: ask('claim', 'The claim, which begins with claim:') },
    },
    store: {
      description:
        'Store something large and get a short claim for it, which can be given to other agents as the ref of a task.',
      defaults: { payload: ask('payload', 'What is stored', 'json') },
    },
  },
  budget: {
    createOrUpdate: {
      description: 'Set the limits that all calls of one model share.',
    },
    get: {
      description:
        'Read how much of the limits of a model is used, and how many calls wait for it.',
    },
    pause: { description: 'Let nobody begin a call of a model until it is resumed.' },
    reportUsage: { description: 'Say how many tokens a call of a model used.' },
    resume: { description: 'Let calls of a model begin again that was paused.' },
    waitForBudget: {
      description: 'Wait until there is room for one more call of a model, and reserve it.',
    },
  },
};
