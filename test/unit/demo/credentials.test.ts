import { rabbitMqCredential, redisCredential } from '../../../scripts/demo/credentials';

describe('a URL as the fields of a credential', () => {
  it('has the defaults of RabbitMQ where it says nothing', () => {
    expect(rabbitMqCredential('amqp://rabbit').data).toEqual({
      hosts: 'rabbit:5672',
      vhost: '/',
      username: 'guest',
      password: 'guest',
      tls: false,
    });
  });

  it('gives user, password, vhost and TLS of RabbitMQ as they are meant', () => {
    expect(rabbitMqCredential('amqps://me%40x:p%2Fw@rabbit/a%2Fb').data).toEqual({
      hosts: 'rabbit:5671',
      vhost: 'a/b',
      username: 'me@x',
      password: 'p/w',
      tls: true,
    });
  });

  it('gives everything Redis wants', () => {
    expect(redisCredential('rediss://user:p%40ss@redis:6380/3', 'mine').data).toEqual({
      host: 'redis',
      port: 6380,
      database: 3,
      username: 'user',
      password: 'p@ss',
      tls: true,
      prefix: 'mine',
    });
    expect(redisCredential('redis://[::1]', 'mine').data).toMatchObject({
      host: '::1',
      port: 6379,
    });
  });
});
