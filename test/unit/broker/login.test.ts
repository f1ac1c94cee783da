import { heartbeatAsked } from '../../../src/broker/dial';
import { Login } from '../../../src/broker/login';
import { RefusedError, UnavailableError, type RefusedCode } from '../../../src/contract/errors';
import { brokerSchema, type BrokerSettings } from '../../../src/contract/settings';

const settings = (more: object): BrokerSettings =>
  brokerSchema.parse({ hosts: [{ host: 'a', port: 1 }], ...more });
const refusal = (code: RefusedCode) => new RefusedError(code, 'no', 'none');

describe('a login', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it.each([refusal('login_refused'), refusal('vhost_missing')])(
    'is read again when it is refused: %o',
    async (error) => {
      const login = new Login(settings({ password: 'old' }), async () =>
        settings({ username: 'other', password: 'new' }),
      );
      expect(await login.renew(error)).toBe(true);
      expect(login.settings).toMatchObject({ username: 'other', password: 'new' });
    },
  );

  it.each([refusal('tls'), new UnavailableError('unreachable', 'away', 'wait'), new Error('x')])(
    'is not read again for: %o',
    async (error) => {
      const reread = jest.fn(async () => settings({ password: 'new' }));
      const login = new Login(settings({ password: 'old' }), reread);
      expect(await login.renew(error)).toBe(false);
      expect(reread).not.toHaveBeenCalled();
    },
  );

  it('takes user and password alone: another host would be another set of tasks', async () => {
    const login = new Login(settings({ password: 'old' }), async () =>
      settings({ password: 'new', vhost: 'elsewhere', hosts: [{ host: 'b', port: 2 }] }),
    );
    await login.renew(refusal('login_refused'));
    expect(login.settings).toEqual(settings({ password: 'new' }));
  });

  it('is read once a second at most, by all who read the same credential', async () => {
    let password = 'old';
    const reread = jest.fn(async () => settings({ password }));
    const [first, second] = [1, 2].map(() => new Login(settings({ password: 'old' }), reread));
    expect(await first?.renew(refusal('login_refused'))).toBe(false);
    password = 'new';
    jest.advanceTimersByTime(999);
    expect(await first?.renew(refusal('login_refused'))).toBe(false);
    expect(await second?.renew(refusal('login_refused'))).toBe(false);
    expect(reread).toHaveBeenCalledTimes(1);
    jest.advanceTimersByTime(1);
    expect(await first?.renew(refusal('login_refused'))).toBe(true);
    expect(await second?.renew(refusal('login_refused'))).toBe(true);
    expect(reread).toHaveBeenCalledTimes(2);
  });

  it('stays as it is when it cannot be read', async () => {
    const login = new Login(settings({ password: 'old' }), () => Promise.reject(new Error('no')));
    expect(await login.renew(refusal('login_refused'))).toBe(false);
    expect(login.settings.password).toBe('old');
  });
});

describe('the heartbeat asked for', () => {
  it('is two thirds of what was set, so that three of it are two of that', () => {
    for (const seconds of [2, 3, 10, 30, 60, 3600]) {
      expect(heartbeatAsked(seconds) * 3).toBeLessThanOrEqual(Math.max(3, seconds * 2));
      expect(heartbeatAsked(seconds)).toBeGreaterThanOrEqual(1);
    }
    expect(heartbeatAsked(30)).toBe(20);
  });

  it('is none for 0, which switches it off, and at least one second', () => {
    expect(heartbeatAsked(0)).toBe(0);
    expect(heartbeatAsked(1)).toBe(1);
  });
});
