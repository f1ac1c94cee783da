import { lookAt, type BrokerLook } from '../../broker/lookAt';
import { ManagementApi } from '../../broker/management';
import { consumerTimeout } from '../../consume/consumerTimeout';
import { InputError, withRemedy } from '../../contract/errors';
import type { BrokerSettings } from '../../contract/settings';
import { UNDELIVERABLE } from '../../contract/wire';
import { clusterOf, type KnownClusters } from '../../word/clusters';
import { queuesOf, type StandingScope } from '../../word/scopes';
import { Findings, spell, type Finding } from './finding';
import { limits } from './limits';
import { brokerVersion } from './versions';

const AMQP = 'RabbitMQ: AMQP';
const MANAGEMENT = 'RabbitMQ: management API';

/** @param known the queues of this virtual host that triggers consume; those of another cluster of one Redis are left out */
export async function brokerFindings(
  settings: BrokerSettings,
  known: readonly StandingScope[],
  clusters: KnownClusters,
): Promise<Finding[]> {
  const found = new Findings(AMQP);
  const look = await lookAt(settings, new Set([...known.flatMap(namesOf), UNDELIVERABLE]));
  const here = clusterOf(look.broker.cluster, settings.hosts, clusters);
  const scopes = known.filter(({ cluster }) => cluster === here);
  version(look, found);
  for (const scope of scopes) queue(scope, look, found);
  undeliverable(look, found);
  for (const scope of scopes) timeout(scope, look, found);
  await declared(settings, scopes, look, found);
  return found.all;
}

const namesOf = (scope: StandingScope): string[] => {
  const { dead, work } = queuesOf(scope);
  return [dead, ...work];
};

function version({ broker }: BrokerLook, found: Findings): void {
  brokerVersion(broker.version, `RabbitMQ ${broker.version}, cluster ${broker.cluster}.`, found);
}

function queue(scope: StandingScope, { queues, hidden }: BrokerLook, found: Findings): void {
  const { queue: name } = scope;
  const { dead: deadName, work } = queuesOf(scope);
  const seen = queues.get(name);
  const ready = work.reduce((sum, each) => sum + (queues.get(each)?.ready ?? 0), 0);
  if (hidden.has(name)) {
    found.add('unknown', 'queue_consumers', `This user may not look at "${name}".`, {
      remedy: 'Give it the right to read it, or to configure or write it.',
    });
  } else if (!seen) {
    found.add('warning', 'queue_missing', `Queue "${name}" is not there any more.`, {
      remedy:
        'Nothing to do when it is no longer used; else publish the workflow that consumes it.',
    });
  } else if (seen.consumers === 0) {
    found.add('warning', 'queue_consumers', `Nobody consumes "${name}"; ${ready} tasks wait.`, {
      remedy: 'See that its workflow is published and that n8n runs.',
    });
  } else found.add('ok', 'queue_consumers', `"${name}" has consumers; ${ready} tasks wait.`);
  const dead = queues.get(deadName)?.ready ?? 0;
  if (seen && dead > 0) {
    found.add('warning', 'dead_letters', `${dead} tasks of "${name}" gave up.`, {
      remedy: `agent-swarm dead-letters list ${name}`,
    });
  }
}

function undeliverable({ queues }: BrokerLook, found: Findings): void {
  const ready = queues.get(UNDELIVERABLE)?.ready ?? 0;
  if (ready === 0) return;
  found.add(
    'warning',
    'undeliverable',
    `${ready} messages in ${UNDELIVERABLE}: their queue was deleted while they waited for a retry.`,
    { remedy: 'Make the queue again and move them there, or purge them.' },
  );
}

/** What the trigger was told against its run limit; and whether it was told the truth, nobody says over AMQP. */
function timeout(
  { queue: name, consumer }: StandingScope,
  look: BrokerLook,
  found: Findings,
): void {
  if (!consumer) {
    found.add('unknown', 'consumer_timeout', `The run limit of "${name}" is not known.`, {
      remedy: 'Publish its workflow with this version of the pack.',
      source: 'Redis: what its trigger wrote down',
    });
    return;
  }
  const { runLimitMs, brokerTimeoutMs } = consumer;
  const { version: at } = look.broker;
  try {
    const asked = consumerTimeout(consumer, at);
    if (asked !== undefined) {
      found.add('ok', 'consumer_timeout', `"${name}" asks RabbitMQ for ${spell(asked)} itself.`);
      return;
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    found.add('problem', 'consumer_timeout', `"${name}": ${withRemedy(error)}`);
    return;
  }
  found.add(
    'unknown',
    'consumer_timeout',
    `"${name}" counts on a consumer_timeout of ${spell(brokerTimeoutMs)} or more for a run limit of ${spell(runLimitMs)}.`,
    {
      remedy: 'Compare: rabbitmqctl environment | grep consumer_timeout (ms).',
      source: 'Redis: what its trigger wrote down',
    },
  );
}

async function declared(
  settings: BrokerSettings,
  scopes: readonly StandingScope[],
  look: BrokerLook,
  found: Findings,
): Promise<void> {
  if (settings.managementUrl === '') {
    found.add(
      'unknown',
      'queue_settings',
      'Limits and policies of queues are not told over AMQP.',
      {
        remedy: 'Give the address of the management API in --management.',
      },
    );
    return;
  }
  const api = new ManagementApi(settings);
  const told = new Findings(MANAGEMENT);
  try {
    for (const scope of scopes) {
      const { dead, work } = queuesOf(scope);
      for (const name of [dead, ...work].filter((each) => look.queues.has(each))) {
        const held = await api.queue(name);
        if (held) limits({ name, isDead: name === dead }, held, look.broker.version, told);
      }
    }
  } catch (error) {
    told.add('unknown', 'queue_settings', withRemedy(error));
  }
  found.all.push(...told.all);
}
