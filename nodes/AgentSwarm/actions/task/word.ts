import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import {
  readToken,
  sayPatiently,
  withStore,
  type LiveToken,
  type RunWord,
  type UseStore,
} from '../../../../src/index';
import { DeliveryFinder } from '../../../shared/findDelivery';
import type { Parameters, Read } from '../../../shared/parameters';
import type { Operation } from '../../operation';
import { storeRequired } from '../../storeAccess';
import { includeResultOption, passThrough } from '../passThrough';

/** Something that a node says about the delivery of its item. */
export interface Word<S> {
  /** Of the result, and what good items are by now, such as "completed". */
  readonly result: string;
  /** What the result tells, for the form. */
  readonly tells: string;
  /** Fields before Options. */
  readonly fields?: INodeProperties[];
  readonly options?: INodeProperties[];
  /** Makes the form ready once; then gives what is to be said for an item. */
  read(parameters: Parameters, context: IExecuteFunctions): Read<S>;
  say(useStore: UseStore, token: LiveToken, said: S, stopped?: AbortSignal): Promise<IDataObject>;
  /** The result of a test by hand: checked and shown, never recorded. */
  show(said: S): IDataObject;
}

export const deliveryOption: INodeProperties = {
  displayName: 'Delivery',
  name: 'delivery',
  type: 'string',
  default: '',
  placeholder: 'e.g. {{ $json.swarm.delivery }}',
  description:
    'The delivery it is about, as swarm.delivery names it. Empty: the one this item came from.',
};

/** The operation that says a word: once for each delivery, however many items came from it. */
export function wordOperation<S>(word: Word<S>): Operation {
  return {
    form: [
      ...(word.fields ?? []),
      {
        displayName: 'Options',
        name: 'options',
        type: 'collection',
        placeholder: 'Add option',
        default: {},
        options: [
          deliveryOption,
          ...(word.options ?? []),
          includeResultOption(word.result, word.tells),
        ].sort((a, b) => a.displayName.localeCompare(b.displayName)),
      },
    ],
    act: (context) =>
      passThrough(context, word.result, async (parameters) => {
        const given = parameters.text('options.delivery', deliveryOption.displayName);
        const read = word.read(parameters, context);
        const settings = await storeRequired(context);
        const useStore: UseStore = (use) => withStore(settings, use);
        const finder = new DeliveryFinder(context);
        const said = new Map<string, Promise<IDataObject>>();
        return async (index) => {
          const saying = read(index);
          const delivery = await finder.find(index, given(index));
          const token = readToken(delivery);
          if (token.test) return { ...word.show(saying), test: true };
          const first = said.get(delivery);
          if (first) return await first;
          const now = word.say(useStore, token, saying, context.getExecutionCancelSignal());
          said.set(delivery, now);
          return await now;
        };
      }),
  };
}

/** A word that ends the run's part in its task. */
export function runWordOperation(
  word: Omit<Word<RunWord>, 'say' | 'show' | 'tells'> & {
    /** What was said, beside whether it was recorded. */
    details?(said: RunWord): IDataObject;
  },
): Operation {
  const { details = () => ({}) } = word;
  return wordOperation<RunWord>({
    ...word,
    tells:
      'whether this call recorded it, whether something was said before it, and whether it was a test',
    async say(useStore, token, said, stopped) {
      const { recorded, before } = await sayPatiently(useStore, token, said, stopped);
      return {
        recorded,
        already: !recorded,
        ...(before !== undefined && { before }),
        test: false,
        ...details(said),
      };
    },
    show: (said) => ({ recorded: false, already: false, ...details(said) }),
  });
}
