import { join } from 'node:path';

import { cycles, forbiddenImports } from './law/edges';
import { defaultExports, handBacks, longFiles, vagueNames, wrongAcks } from './law/habits';
import { parse, readTree, type Source } from './law/sources';

const real = parse(readTree(join(__dirname, '../..'), ['src', 'nodes', 'credentials']));

const RULES = {
  'imports only what its room may': forbiddenImports,
  'has no loop of imports': cycles,
  'has files that can be read in one go': longFiles,
  'names files by what they do': vagueNames,
  'exports by name': defaultExports,
  'lets go of a delivery in settle (a dead letter: in deadLetters) alone': wrongAcks,
  'never hands a delivery back by nack or reject': handBacks,
} satisfies Record<string, (sources: readonly Source[]) => string[]>;

describe('the law of the sources', () => {
  it('looks at the real tree', () => {
    const paths = real.map(({ path }) => path);
    expect(paths).toContain('src/settle/settlement.ts');
    expect(paths).toContain('nodes/AgentSwarm/AgentSwarm.node.ts');
    const imported = new Set(real.flatMap(({ imports }) => imports.map(({ target }) => target)));
    for (const target of [
      'amqplib',
      'ioredis',
      'pg',
      'zod',
      'n8n-workflow',
      '@opentelemetry/api',
      'src/index.ts',
    ]) {
      expect(imported).toContain(target);
    }
  });

  it.each(Object.entries(RULES))('%s', (_rule, look) => {
    expect(look(real)).toEqual([]);
  });
});

/** A tree that nobody wrote: path to text. */
const made = (files: Record<string, string>) => parse(new Map(Object.entries(files)));

const imports = (from: string, specifier: string) =>
  forbiddenImports(
    made({
      [from]: `import { a } from '${specifier}';`,
      'src/index.ts': '',
      'src/admit/a.ts': '',
      'src/broker/a.ts': '',
      'src/budget/a.ts': '',
      'src/consume/a.ts': '',
      'src/contract/a.ts': '',
      'src/payload/a.ts': '',
      'src/settle/a.ts': '',
      'src/telemetry/a.ts': '',
      'nodes/AgentSwarm/a.ts': '',
      'nodes/shared/a.ts': '',
      'credentials/a.ts': '',
    }),
  );

describe('the law of imports', () => {
  it.each([
    ['src/admit/x.ts', '../contract/a'],
    ['src/admit/x.ts', '../broker/a'],
    ['src/admit/x.ts', '../budget/a'],
    ['src/admit/x.ts', './a'],
    ['src/dispatch/x.ts', '../payload/a'],
    ['src/consume/x.ts', '../settle/a'],
    ['src/cli/x.ts', '../consume/a'],
    ['src/broker/x.ts', 'amqplib'],
    ['src/store/x.ts', 'ioredis'],
    ['src/telemetry/x.ts', '@opentelemetry/api'],
    ['src/telemetry/x.ts', '../contract/a'],
    ['src/payload/x.ts', 'pg'],
    ['src/dispatch/x.ts', 'zod/v4'],
    ['nodes/AgentSwarm/actions/task/x.ts', '../../a'],
    ['nodes/AgentSwarm/x.ts', '../shared/a'],
    ['nodes/shared/x.ts', '../../src/index'],
    ['nodes/shared/x.ts', 'n8n-workflow'],
    ['credentials/x.ts', './a'],
  ])('lets %s import %s', (from, target) => {
    expect(imports(from, target)).toEqual([]);
  });

  it.each([
    ['src/contract/x.ts', '../broker/a', 'contract may not use broker'],
    ['src/broker/x.ts', '../admit/a', 'broker may not use admit'],
    ['src/store/x.ts', '../broker/a', 'store may not use broker'],
    ['src/payload/x.ts', '../admit/a', 'payload may not use admit'],
    ['src/settle/x.ts', '../payload/a', 'settle may not use payload'],
    ['src/run/x.ts', '../consume/a', 'run may not use consume'],
    ['src/elsewhere/x.ts', '../contract/a', 'no room that the law knows'],
    ['src/admit/x.ts', '../index', 'src/index is for those outside'],
    ['src/admit/x.ts', '../../nodes/shared/a', 'nothing outside of src'],
    ['src/admit/x.ts', 'n8n-workflow', 'knows nothing of n8n'],
    ['src/admit/x.ts', '@n8n/something', 'knows nothing of n8n'],
    ['src/settle/x.ts', 'amqplib', 'only src/broker may'],
    ['src/admit/x.ts', 'amqplib/lib/connection', 'only src/broker may'],
    ['src/admit/x.ts', 'ioredis', 'only src/store may'],
    ['src/broker/x.ts', '@opentelemetry/api', 'only src/telemetry may'],
    ['src/telemetry/x.ts', '../broker/a', 'telemetry may not use broker'],
    ['src/consume/x.ts', '../telemetry/a', 'consume may not use telemetry'],
    ['src/store/x.ts', 'pg', 'only src/payload may'],
    ['nodes/AgentSwarmTrigger/x.ts', '../AgentSwarm/a', 'own folder'],
    ['nodes/AgentSwarm/x.ts', '../../src/broker/a', 'only src/index'],
    ['nodes/shared/x.ts', '../AgentSwarm/a', 'own folder'],
    ['nodes/AgentSwarm/x.ts', 'amqplib', 'forms use the engine alone'],
    ['credentials/x.ts', '../src/contract/a', 'only src/index'],
  ])('finds that %s imports %s', (from, target, why) => {
    expect(imports(from, target)).toEqual([expect.stringContaining(why)]);
  });

  it.each([
    `export { a } from 'ioredis';`,
    `export * from 'ioredis';`,
    `import type { a } from 'ioredis';`,
    `import a = require('ioredis');`,
    `const a = require('ioredis');`,
    `const a = () => import('ioredis');`,
    `let a: import('ioredis').Redis;`,
  ])('sees %s', (text) => {
    expect(forbiddenImports(made({ 'src/admit/x.ts': text }))).toHaveLength(1);
  });

  it('finds a loop of imports, also over three files', () => {
    const loop = made({
      'src/run/a.ts': `import './b';`,
      'src/run/b.ts': `export * from './c';`,
      'src/run/c.ts': `import type { A } from './a';`,
    });
    expect(cycles(loop)).toEqual(['src/run/a.ts -> src/run/b.ts -> src/run/c.ts -> src/run/a.ts']);
  });
});

describe('the law of habits', () => {
  const one = (path: string, text: string) => made({ [path]: text });

  it('finds a file that is too long', () => {
    expect(longFiles(one('src/run/a.ts', '\n'.repeat(250)))).toEqual([]);
    expect(longFiles(one('src/run/a.ts', '\n'.repeat(251)))).toHaveLength(1);
  });

  it.each(['src/run/utils.ts', 'src/helpers/a.ts', 'nodes/shared/queueManager.ts'])(
    'finds the vague name %s',
    (path) => {
      expect(vagueNames(one(path, ''))).toHaveLength(1);
    },
  );

  it.each([
    'export default class {}',
    'export default function a() {}',
    'const a = 1; export default a;',
    'const a = 1; export { a as default };',
    `export { default } from './b';`,
  ])('finds the default export in: %s', (text) => {
    expect(defaultExports(one('nodes/shared/a.ts', text))).toEqual([
      'nodes/shared/a.ts:1 exports a default',
    ]);
  });

  it.each(['hand.ack(tag);', 'ack(tag);', 'channel.ackAll();', `channel['ack'](message);`])(
    'finds an ack outside of settle: %s',
    (text) => {
      expect(wrongAcks(one('src/consume/a.ts', text))).toHaveLength(1);
      expect(wrongAcks(one('src/settle/a.ts', text))).toEqual([]);
    },
  );

  it('lets consume hand the ack on, under its name', () => {
    expect(wrongAcks(one('src/consume/a.ts', 'give({ ack: (tag) => intake.ack(tag) });'))).toEqual(
      [],
    );
    expect(
      wrongAcks(one('src/consume/a.ts', 'give({ onDone: (tag) => intake.ack(tag) });')),
    ).toHaveLength(1);
  });

  it.each(['channel.nack(message);', 'ch.reject(message);', 'this.channel.nackAll();'])(
    'finds a delivery that is handed back: %s',
    (text) => {
      expect(handBacks(one('src/settle/a.ts', text))).toHaveLength(1);
    },
  );

  it('lets promises be rejected', () => {
    const text = 'reject(error); pending.reject(error); Promise.reject(error);';
    expect(handBacks(one('src/broker/a.ts', text))).toEqual([]);
  });
});
