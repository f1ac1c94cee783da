import { brokerSettings } from '../../../src/cli/brokerOptions';

test.each([
  [
    'amqp://rabbit',
    { hosts: [{ host: 'rabbit', port: 5672 }], vhost: '/', username: 'guest', tls: undefined },
  ],
  [
    'amqps://me:p%40ss%2Fword@one,two:5680/team%2Fa',
    {
      hosts: [
        { host: 'one', port: 5671 },
        { host: 'two', port: 5680 },
      ],
      vhost: 'team/a',
      username: 'me',
      password: 'p@ss/word',
      tls: { verify: true },
    },
  ],
  ['amqp://[::1]:5673/', { hosts: [{ host: '::1', port: 5673 }], vhost: '/' }],
])('%s', (url, settings) => {
  expect(brokerSettings({ rabbitmq: url }, {})).toMatchObject(settings);
  expect(brokerSettings({}, { RABBITMQ_URL: url })).toMatchObject(settings);
});

test('the management API is read as a browser shows it, and may hold no login', () => {
  const read = (management: string) =>
    brokerSettings({ rabbitmq: 'amqp://one', management }, {}).managementUrl;
  expect(read('http://rabbit-1:15672/#/queues')).toBe('http://rabbit-1:15672');
  expect(() => read('http://me:s3cret@rabbit-1:15672')).toThrow('holds a user or password');
});

test.each(['http://one', 'amqp://', 'amqp:///x', 'amqp://one:x', 'amqp://a:s3cret@one:1/b/c'])(
  '%s is no address, and is not shown',
  (url) => {
    expect(() => brokerSettings({ rabbitmq: url }, {})).toThrow(/^--rabbitmq: is no address$/);
  },
);
