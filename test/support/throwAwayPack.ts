import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder, type TemporaryFolder } from './temporaryFolder';

/** The smallest pack that shows a host works: what fails with it is the host's fault, not the pack's. */
export const NODE_TYPES = {
  trigger: 'n8n-nodes-throw-away.lineTrigger',
  whereabouts: 'n8n-nodes-throw-away.whereabouts',
};

const TRIGGER = `
const { connect } = require('node:net');
const { once } = require('node:events');

/** Starts one execution for each line that the port sends. */
exports.LineTrigger = class {
  description = {
    displayName: 'Line Trigger', name: 'lineTrigger', group: ['trigger'], version: 1,
    description: 'Lines of a port', defaults: { name: 'Line Trigger' }, inputs: [], outputs: ['main'],
    credentials: [{ name: 'throwAwayApi', required: false, testedBy: 'knowsTheWord' }],
    properties: [{ displayName: 'Port', name: 'port', type: 'number', default: 0 }],
  };
  methods = {
    credentialTest: {
      async knowsTheWord(credential) {
        return credential.data.word === 'sesame'
          ? { status: 'OK', message: 'Open' }
          : { status: 'Error', message: 'Shut' };
      },
    },
  };
  async trigger() {
    const socket = connect(this.getNodeParameter('port'), '127.0.0.1');
    await once(socket, 'connect');
    const listen = () => socket.on('data', (bytes) => {
      for (const line of bytes.toString().trim().split('\\n')) this.emit([[{ json: { line } }]]);
    });
    if (this.getMode() === 'manual') return { manualTriggerFunction: async () => void listen() };
    listen();
    return { closeFunction: async () => void socket.destroy() };
  }
};`;

const WHEREABOUTS = `
/** Says which process runs it. */
exports.Whereabouts = class {
  description = {
    displayName: 'Whereabouts', name: 'whereabouts', group: ['transform'], version: 1,
    description: 'Says which process runs it', defaults: { name: 'Whereabouts' },
    inputs: ['main'], outputs: ['main'], properties: [],
  };
  async execute() {
    const process_ = process.argv.includes('worker') ? 'worker' : 'main';
    return [this.getInputData().map(({ json }) => ({ json: { ...json, process: process_, pid: process.pid } }))];
  }
};`;

const CREDENTIAL = `
exports.ThrowAwayApi = class {
  name = 'throwAwayApi';
  displayName = 'Throw-Away';
  properties = [{ displayName: 'Word', name: 'word', type: 'string', default: '' }];
};`;

/** Writes the pack to a temporary folder, ready for `startN8n`. */
export async function throwAwayPack(): Promise<TemporaryFolder> {
  const folder = await temporaryFolder('pack');
  const files = {
    'dist/LineTrigger.node.js': TRIGGER,
    'dist/Whereabouts.node.js': WHEREABOUTS,
    'dist/ThrowAwayApi.credentials.js': CREDENTIAL,
  };
  const manifest = {
    name: 'n8n-nodes-throw-away',
    version: '1.0.0',
    n8n: {
      n8nNodesApiVersion: 1,
      nodes: ['dist/LineTrigger.node.js', 'dist/Whereabouts.node.js'],
      credentials: ['dist/ThrowAwayApi.credentials.js'],
    },
  };
  await mkdir(join(folder.path, 'dist'));
  await writeFile(join(folder.path, 'package.json'), JSON.stringify(manifest));
  for (const [name, source] of Object.entries(files)) {
    await writeFile(join(folder.path, name), source.trimStart());
  }
  return folder;
}
