import { storeSchema } from '../../../src/contract/settings';
import { TornError } from '../../../src/store/answers';
import { lostConnection, storeCause, timedOut } from '../../../src/store/cause';

const at = (port: number) => ({ host: 'h', port });
const SETTINGS = {
  standalone: storeSchema.parse({ kind: 'standalone', ...at(1), username: 'me' }),
  sentinel: storeSchema.parse({
    kind: 'sentinel',
    sentinels: [at(2), at(3)],
    username: 'me',
    sentinelUsername: 'guard',
  }),
  cluster: storeSchema.parse({ kind: 'cluster', nodes: [at(4), at(5)], username: 'me' }),
};
type Kind = keyof typeof SETTINGS;

function told(text: string, kind: Kind) {
  const { name, code, message, remedy } = storeCause(new Error(text), SETTINGS[kind]);
  return { is: `${name} ${code}`, text: `${message} ${remedy}` };
}

const MANY = 'Too many Cluster redirections. Last error: ';

describe('what a server says', () => {
  it.each<[string, Kind, string, RegExp]>([
    ['WRONGPASS invalid', 'standalone', 'RefusedError login_refused', /h:1 .*user "me"/],
    ['WRONGPASS invalid', 'cluster', 'RefusedError login_refused', /h:4, h:5 .*user "me"/],
    ['Ready check failed: NOAUTH', 'sentinel', 'RefusedError login_refused', /Fill in Password/],
    ['READONLY You', 'standalone', 'UnavailableError disconnected', /address of the primary/],
    ['READONLY You', 'sentinel', 'UnavailableError disconnected', /new primary/],
    ['ERR x: -READONLY You', 'sentinel', 'UnavailableError disconnected', /takes no writes/],
    ['MOVED 1 h:9', 'standalone', 'RefusedError unsupported', /Choose Cluster/],
    ['CLUSTERDOWN Hash slot', 'sentinel', 'RefusedError unsupported', /Choose Cluster/],
    [`${MANY}ReplyError: CLUSTERDOWN x`, 'cluster', 'UnavailableError disconnected', /is down/],
    ['NOREPLICAS Not enough', 'sentinel', 'UnavailableError disconnected', /cannot work now/],
    [`${MANY}Error: Connection is closed.`, 'cluster', 'UnavailableError disconnected', /dropped/],
    ['Command timed out', 'cluster', 'UnavailableError timeout', /did not answer in time/],
    ['something new', 'cluster', 'UnavailableError disconnected', /something new It is tried/],
  ])('"%s" to %s means %s', (text, kind, is, shown) => {
    expect(told(text, kind)).toEqual({ is, text: expect.stringMatching(shown) });
  });

  it.each(['TRYAGAIN Multiple keys', 'MOVED 1 h:9', 'ASK 1 h:9'])(
    'a Cluster that ends with "%s" is moving the slot: it may pass, and each key alone may work',
    (text) => {
      expect(storeCause(new Error(`${MANY}ReplyError: ${text}`), SETTINGS.cluster)).toBeInstanceOf(
        TornError,
      );
    },
  );
});

describe('what ioredis says of a Sentinel', () => {
  const failed = 'failed to connect to sentinel s:26379 because ';

  it.each([
    [
      `${failed}WRONGPASS invalid`,
      'RefusedError login_refused',
      /s:26379 .*"guard".*Sentinel User/,
    ],
    [`${failed}NOAUTH Authentication`, 'RefusedError login_refused', /Fill in Sentinel Password/],
    [`${failed}Connection is closed.`, 'UnavailableError disconnected', /Sentinel at s:26379/],
    [`${failed}connect ECONNREFUSED s:26379`, 'UnavailableError unreachable', /Check Sentinels/],
    [
      'connected to sentinel s:26379 successfully, but got an invalid reply: null',
      'RefusedError not_found',
      /no primary named "mymaster".*Correct Master Name/,
    ],
  ])('%s', (text, is, shown) => {
    expect(told(text, 'sentinel')).toEqual({ is, text: expect.stringMatching(shown) });
  });
});

test('a call is made again at once only when its connection was lost', () => {
  const lost = ['Connection is closed.', 'Reached the max retries per request limit (which is 0).'];
  expect(lost.map((text) => lostConnection(new Error(text)))).toEqual([true, true]);
  expect(lostConnection(new Error('Command timed out'))).toBe(false);
  expect(timedOut(new Error('Command timed out'))).toBe(true);
});
