import { RefusedError } from '../../contract/errors';
import { factsOfEach, type Facts } from '../../store/facts';
import { sampleKeys } from '../../store/sample';
import type { Store } from '../../store/store';
import type { KnownScope } from '../../word/scopes';
import { Findings, type Finding } from './finding';

/** Share of its memory above which a store is close to refusing writes. */
const FULL = 0.8;

/** Settings of Redis or Valkey that would break a promise. */
export async function storeFindings(
  store: Store,
  scopes: readonly KnownScope[],
): Promise<Finding[]> {
  const found = new Findings('Redis: INFO');
  for (const facts of await factsOfEach(store)) {
    if (facts.size > 0) {
      eviction(facts, found);
      memory(facts, found);
      await persistence(store, facts, found);
    } else {
      found.add('unknown', 'redis_settings', 'The user may not ask INFO.', {
        remedy: 'Allow it for this look: ACL SETUSER <user> +info.',
      });
    }
  }
  await tasks(store, scopes, found);
  return differing(found.all);
}

/** Servers of one Cluster mostly say the same. */
function differing(all: readonly Finding[]): Finding[] {
  return [...new Map(all.map((one) => [`${one.check} ${one.said}`, one])).values()];
}

function eviction(facts: Facts, found: Findings): void {
  const policy = facts.get('maxmemory_policy');
  if (policy === undefined) {
    found.add('unknown', 'redis_eviction', 'The server does not tell its maxmemory-policy.', {
      remedy: 'See in its settings that it is noeviction.',
    });
    return;
  }
  const limited = facts.get('maxmemory') !== '0';
  if (policy === 'noeviction') {
    found.add('ok', 'redis_eviction', 'maxmemory-policy is noeviction.');
    return;
  }
  found.add(
    limited ? 'problem' : 'warning',
    'redis_eviction',
    `maxmemory-policy is ${policy}: ${limited ? 'when memory runs out' : 'once maxmemory is set and reached'}, Redis deletes keys, and with them leases and ends of tasks: they run twice.`,
    { remedy: 'Set maxmemory-policy noeviction.' },
  );
}

function memory(facts: Facts, found: Findings): void {
  const [used, most] = [Number(facts.get('used_memory')), Number(facts.get('maxmemory'))];
  if (!(most > 0)) return;
  const share = Math.round((used / most) * 100);
  if (used <= most * FULL) found.add('ok', 'redis_memory', `${share} % of maxmemory is used.`);
  else {
    found.add(
      'warning',
      'redis_memory',
      `${share} % of maxmemory is used: at 100 % no task begins or ends.`,
      { remedy: 'Raise maxmemory, shorten Remember Tasks, or store payloads for less long.' },
    );
  }
}

async function persistence(store: Store, facts: Facts, found: Findings): Promise<void> {
  const check = 'redis_persistence';
  if (facts.get('rdb_last_bgsave_status') === 'err') {
    found.add('problem', check, 'The last snapshot (RDB) failed.', {
      remedy: 'See the log of the server: mostly its disk is full, or it may not fork.',
    });
  }
  if (facts.get('aof_enabled') === '1') {
    found.add('ok', check, 'The append-only file is on.');
    return;
  }
  const save = await savePoints(store);
  const remedy = 'Set appendonly yes (appendfsync everysec loses a second at most).';
  const source = 'Redis: CONFIG GET save';
  if (save === undefined) {
    found.add('unknown', check, 'The append-only file is off; the user may not ask for "save".', {
      remedy,
      source,
    });
  } else if (save === '') {
    found.add(
      'problem',
      check,
      'Nothing is written to disk: a restart forgets which tasks are done, and how much of each budget is used. Copies that come then run again.',
      { remedy, source },
    );
  } else {
    found.add(
      'warning',
      check,
      `Snapshots alone ("${save}"): a crash forgets what came since the last one.`,
      { remedy, source },
    );
  }
}

async function savePoints(store: Store): Promise<string | undefined> {
  try {
    const answer = await store.ask((client) => client.call('CONFIG', 'GET', 'save'));
    return Array.isArray(answer) ? String(answer[1] ?? '') : undefined;
  } catch (error) {
    if (error instanceof RefusedError) return undefined;
    throw error;
  }
}

async function tasks(store: Store, scopes: readonly KnownScope[], found: Findings): Promise<void> {
  if (scopes.length === 0) {
    const { prefix } = store.keys;
    found.add(
      'problem',
      'redis_prefix',
      `No trigger has ever worked under the key prefix "${prefix}" here.`,
      {
        remedy: 'Give the Key Prefix and the database of the credential that the triggers use.',
        source: 'Redis: its keys',
      },
    );
    return;
  }
  const { count, bytes } = await sampleKeys(store, store.keys.anyTask());
  if (count === 0) return;
  const each = Math.round(bytes / count);
  found.add('ok', 'redis_task_bytes', `A task takes ${each} bytes, by ${count} of them.`, {
    source: 'Redis: MEMORY USAGE',
  });
}
